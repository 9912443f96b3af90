import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { EngineClient } from '../../engine/client/engine-client';
import { download } from '../../media/download';
import { fullSizeFile } from '../../engine/client/full-size-file';
import { askBackground } from '../../protocol/background-client';
import { packBytes } from '../../core/bytes';
import { PasticheError } from '../../protocol/errors';
import { FILE_TYPES, pasticheFileName, typeOfFile, type FileType } from '../../core/file-name';
import { readSettings, writeSettings } from '../../storage/settings';
import { suitedRenderOptions } from '../../core/style/render-options';
import { attempt } from '../shared/attempt';
import { percent, t } from '../../words/i18n';
import { mixName } from '../../words/mix-name';
import type { NamedStyle } from '../../words/style-names';
import type { PagePlace } from './editor-page';
import { recipeOf, type Painting } from './painting';
import type { EditedPicture } from './picture';

interface KeepActionsProps {
  readonly picture: EditedPicture;
  readonly painting: Painting;
  readonly place: PagePlace | null;
  readonly styles: readonly NamedStyle[];
}

/** Actions on the finished painting: put it on the page, save it, copy it. */
export function KeepActions({ picture, painting, place, styles }: KeepActionsProps): JSX.Element {
  const [type, setType] = useState<FileType>('png');
  const [progress, setProgress] = useState<number | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const work = useRef<AbortController | null>(null);
  const engine = useMemo(() => new EngineClient(), []);
  useEffect(() => {
    readSettings().then(
      ({ saveType }) => setType(saveType),
      // Without a stored choice the default stays.
      () => undefined,
    );
    return () => {
      work.current?.abort(new PasticheError('cancelled'));
      engine.close();
    };
  }, [engine]);

  /** Paints the picture at full size, as a file of a type. */
  const paint = async (wanted: FileType): Promise<Blob> => {
    work.current = new AbortController();
    const { signal } = work.current;
    setSaid(null);
    setProgress(0);
    try {
      const recipe = { ...recipeOf(painting), manner: fullSizeRenderOptions(picture, painting) };
      const request = { image: picture.image, size: picture.natural, recipe };
      const file = await fullSizeFile(engine, request, wanted, signal, setProgress);
      signal.throwIfAborted();
      return file;
    } finally {
      setProgress(null);
      work.current = null;
    }
  };
  const save = async (): Promise<void> => {
    const file = await paint(type);
    const [first] = painting.layers.list.map(({ mix }) => mix);
    const title = mixName(first ?? {}, styles);
    const part = picture.isWhole ? '' : t('file_part');
    const saved = typeOfFile(file);
    download(file, pasticheFileName(picture.source, title, saved, part));
    setSaid(t(saved === type ? 'editor_saved' : 'saved_as_png'));
  };
  const copy = async (): Promise<void> => {
    const file = paint('png');
    // The clipboard doesn't report why the file failed, nor waits for it once it has refused.
    const failures: PasticheError[] = [];
    file.catch((thrown: unknown) => failures.push(PasticheError.from(thrown)));
    try {
      // The clipboard waits for the file, but must be called at once.
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': file })]);
      setSaid(t('editor_copied'));
    } catch {
      const [failure] = failures;
      if (failure) throw failure;
      work.current?.abort(new PasticheError('cancelled'));
      setSaid(t('editor_not_copied'));
    }
  };
  const openInTab = async (): Promise<void> => {
    const url = URL.createObjectURL(await paint('png'));
    await browser.tabs.create({ url });
  };
  const apply = async (): Promise<void> => {
    if (!place) return;
    const { mix, regions } = recipeOf(painting);
    setSaid(null);
    await askBackground({
      type: 'background.apply-regions',
      tabId: place.tabId,
      frameId: place.frameId,
      source: place.source,
      isVideo: place.isVideo,
      mix,
      manner: painting.manner,
      title: t('editor_title'),
      ...(regions && {
        regions: { ...regions, shares: packBytes(regions.shares.buffer, false) },
      }),
    });
  };

  const isBusy = progress !== null;
  return (
    <section class="keep" aria-label={t('editor_keep')}>
      {place && (
        <button
          type="button"
          class="button primary"
          disabled={isBusy}
          onClick={() => attempt(apply, setSaid)}
        >
          {t(place.isVideo ? 'editor_apply_video' : 'editor_apply')}
        </button>
      )}
      <div class="buttons">
        <button
          type="button"
          class={place ? 'button' : 'button primary'}
          disabled={isBusy}
          onClick={() => attempt(save, setSaid)}
        >
          {t('editor_save')}
        </button>
        <select
          class="field"
          aria-label={t('save_type')}
          value={type}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value as FileType;
            setType(chosen);
            // Where it can't be kept, it counts here all the same.
            attempt(() => writeSettings({ saveType: chosen }), setSaid);
          }}
        >
          {FILE_TYPES.map((each) => (
            <option key={each} value={each}>
              {each.toUpperCase()}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button"
          disabled={isBusy}
          onClick={() => attempt(copy, setSaid)}
        >
          {t('editor_copy')}
        </button>
        <button
          type="button"
          class="button"
          disabled={isBusy}
          onClick={() => attempt(openInTab, setSaid)}
        >
          {t('editor_open_tab')}
        </button>
      </div>
      {isBusy && (
        <div class="progress">
          <progress value={progress} aria-label={t('editor_saving')} />
          <span>{percent(progress)}</span>
          <button
            type="button"
            class="button"
            onClick={() => work.current?.abort(new PasticheError('cancelled'))}
          >
            {t('editor_cancel')}
          </button>
        </div>
      )}
      <p role="status">{said}</p>
    </section>
  );
}

/** The manner that gives strokes the same size in the file as in the preview. */
function fullSizeRenderOptions(
  { size, natural }: EditedPicture,
  { manner }: Painting,
): Painting['manner'] {
  const suited = suitedRenderOptions(manner, size);
  return { ...suited, strokeSize: suited.strokeSize * (natural.width / size.width) };
}
