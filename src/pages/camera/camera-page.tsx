import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { Notices } from '../../page/show/notices';
import { Videos } from '../../page/videos/videos';
import { detach } from '../../core/detach';
import type { StyleOrder } from '../../storage/settings';
import type { Uses } from '../../storage/uses';
import type { Recipe } from '../../core/style/render-options';
import { t } from '../../words/i18n';
import { mixName } from '../../words/mix-name';
import { RenderControls } from '../shared/mix/render-controls';
import { StrengthSlider } from '../shared/mix/sliders';
import { StyleList } from '../shared/mix/style-list';
import { useMix } from '../shared/mix/use-mix';
import type { NamedStyle } from '../../words/style-names';
import {
  listCameras,
  openCamera,
  openTab,
  problemKey,
  SourceError,
  type Source,
  type SourceProblem,
} from './source';

interface CameraPageProps {
  readonly source: Source;
  readonly styles: readonly NamedStyle[];
  /** The mix and its render options when the page was opened. */
  readonly initial: Recipe;
  readonly uses: Uses;
  readonly order: StyleOrder;
}

/** A live picture that is painted continuously, with sliders beside it. */
export function CameraPage({ source, styles, initial, uses, order }: CameraPageProps): JSX.Element {
  const controls = useMix(initial, styles);
  const { mix, manner } = controls;
  const live = useLivePicture(source);
  const isEmpty = Object.keys(mix).length === 0;
  return (
    <>
      <section class="stage" aria-label={t('camera_picture')}>
        <video
          ref={live.video}
          class={source.kind === 'camera' ? 'mirror' : ''}
          muted={source.kind === 'camera'}
          playsInline
          hidden={live.state !== 'live'}
        />
        {live.state !== 'live' && <Invitation source={source} live={live} />}
      </section>
      <aside>
        <header>
          <h1>{t(source.kind === 'camera' ? 'camera_title' : 'capture_title')}</h1>
          <h2 dir="auto">{mixName(mix, styles)}</h2>
        </header>
        <div class="actions">
          <button
            type="button"
            class="button primary"
            disabled={live.state !== 'live' || isEmpty}
            onClick={live.snapshot}
          >
            {t('camera_snapshot')}
          </button>
          <button
            type="button"
            class="button"
            disabled={live.state !== 'live'}
            onClick={live.record}
          >
            {t(live.isRecording ? 'page_recording_stop' : 'camera_record')}
          </button>
        </div>
        {live.cameras.length > 1 && <CameraChoice live={live} />}
        <div class="whole">
          <StrengthSlider
            mix={mix}
            disabled={!controls.hasStrength}
            onMove={controls.moveStrength}
            onRelease={controls.release}
          />
          <RenderControls
            manner={manner}
            disabled={isEmpty}
            isVideo
            onMove={controls.moveRenderOptions}
            onRelease={controls.release}
          />
        </div>
        <StyleList
          styles={styles}
          initial={initial.mix}
          controls={controls}
          uses={uses}
          initialOrder={order}
        />
        <p class="hint">{t(source.kind === 'camera' ? 'camera_hint' : 'capture_hint')}</p>
      </aside>
    </>
  );
}

interface LivePicture {
  readonly video: { current: HTMLVideoElement | null };
  readonly state: 'off' | 'opening' | 'live';
  readonly problem: SourceProblem | null;
  readonly cameras: Awaited<ReturnType<typeof listCameras>>;
  readonly camera: string | null;
  readonly isRecording: boolean;
  /** To be called by a click: the browser may ask for permission. */
  open(camera?: string): void;
  snapshot(): void;
  record(): void;
}

/** Opens the source and keeps it painted; closes it with the page. */
function useLivePicture(source: Source): LivePicture {
  const video = useRef<HTMLVideoElement>(null);
  const [isRecording, setIsRecording] = useState(false);
  const videos = useMemo(() => new Videos(new Notices(), source.kind, setIsRecording), [source]);
  const [state, setState] = useState<LivePicture['state']>('off');
  const [problem, setProblem] = useState<SourceProblem | null>(null);
  const [cameras, setCameras] = useState<LivePicture['cameras']>([]);
  const [camera, setCamera] = useState<string | null>(null);

  const close = (): void => {
    const element = video.current;
    if (!element) return;
    videos.stop(element);
    for (const track of tracksOf(element)) track.stop();
    element.srcObject = null;
    setState('off');
  };
  const openSource = async (wanted: string | null): Promise<void> => {
    setState('opening');
    setProblem(null);
    try {
      const stream = await (source.kind === 'camera' ? openCamera(wanted) : openTab(source.id));
      const element = video.current;
      if (!element) return;
      const [picture] = stream.getVideoTracks();
      picture?.addEventListener('ended', close);
      element.srcObject = stream;
      await element.play();
      setState('live');
      if (source.kind === 'camera') {
        setCameras(await listCameras());
        setCamera(picture?.getSettings().deviceId ?? null);
      }
    } catch (thrown) {
      setState('off');
      setProblem(thrown instanceof SourceError ? thrown.problem : 'missing');
    }
  };
  useEffect(() => {
    // The layer is put over the picture when that has its size.
    if (state === 'live' && video.current) detach(videos.start(video.current));
  }, [state, videos]);
  useEffect(() => {
    // A permitted camera opens by itself; otherwise the user is told first why it is needed.
    if (source.kind !== 'camera') return;
    detach(
      navigator.permissions
        .query({ name: 'camera' })
        .then((permission) => (permission.state === 'granted' ? openSource(null) : undefined))
        // Firefox before 140 doesn't know this permission.
        .catch(() => undefined),
    );
  }, [source]);

  return {
    video,
    state,
    problem,
    cameras,
    camera,
    isRecording,
    open: (wanted) => {
      if (state === 'live') close();
      detach(openSource(wanted ?? null));
    },
    snapshot: () => video.current && detach(videos.save(video.current)),
    record: () => video.current && detach(videos.record(video.current)),
  };
}

function tracksOf({ srcObject }: HTMLVideoElement): readonly MediaStreamTrack[] {
  return srcObject instanceof MediaStream ? srcObject.getTracks() : [];
}

interface InvitationProps {
  readonly source: Source;
  readonly live: LivePicture;
}

/** Takes the picture's place until there is one: the next step, or the error. */
function Invitation({ source, live }: InvitationProps): JSX.Element {
  const isCamera = source.kind === 'camera';
  return (
    <div class="invitation">
      <p>{t(isCamera ? 'camera_invitation' : 'capture_invitation')}</p>
      <button
        type="button"
        class="button primary"
        disabled={live.state === 'opening'}
        onClick={() => live.open()}
      >
        {t(isCamera ? 'camera_open' : 'capture_open')}
      </button>
      <p role="status">{live.problem && t(problemKey(live.problem))}</p>
    </div>
  );
}

function CameraChoice({ live }: { readonly live: LivePicture }): JSX.Element {
  return (
    <label class="choice">
      {t('camera_choice')}
      <select
        value={live.camera ?? ''}
        onChange={({ currentTarget }) => live.open(currentTarget.value)}
      >
        {live.cameras.map(({ id, name }, i) => (
          <option key={id} value={id}>
            {name || t('camera_number', i + 1)}
          </option>
        ))}
      </select>
    </label>
  );
}
