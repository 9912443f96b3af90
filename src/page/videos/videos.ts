/** The page's restyled videos. */
import browser from 'webextension-polyfill';

import { EngineClient } from '../../engine/client/engine-client';
import { askBackground } from '../../protocol/background-client';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import type { VideoStatus } from '../../protocol/messages';
import { observeSettings, readSettings, type Settings } from '../../storage/settings';
import { videoFileName } from '../../core/file-name';
import type { Recipe } from '../../core/style/render-options';
import { t } from '../../words/i18n';
import { hasBridge, openDirectPort } from '../engine-port';
import type { Action, Notices } from '../show/notices';
import { saveFile } from '../save-file';
import { videoAt } from './find-video';
import { Feed } from './feed';
import { LiveVideo } from './live-video';
import { shareOf } from './pace';

/** Maximum time in which a player replaces its element, in milliseconds. */
const REPLACEMENT_TIMEOUT_MS = 4000;
const REPLACEMENT_STEP = 200;

export class Videos {
  private readonly running = new Map<HTMLVideoElement, LiveVideo>();
  /** The last state of every video on the page that was ever restyled. */
  private readonly known = new Map<HTMLVideoElement, LiveVideo>();
  /** The recipes of those that don't follow the palette. */
  private readonly fixed = new WeakMap<LiveVideo, Recipe>();
  /** Frames are sent through a port of their own. */
  private readonly engine = new EngineClient(hasBridge() ? openDirectPort : undefined);
  private feed: Feed | null = null;
  private stopObserving: (() => void) | null = null;
  private closeRecordingNotice: (next: string | null) => void = () => undefined;

  /**
   * @param site Name for files.
   * @param onRecording Called when a recording starts, and when none runs any more.
   */
  constructor(
    private readonly notices: Notices,
    private readonly site = location.hostname,
    private readonly onRecording: (isRunning: boolean) => void = () => undefined,
  ) {}

  isRunning(video: HTMLVideoElement): boolean {
    const live = this.running.get(video);
    return live !== undefined && !live.rests;
  }

  /**
   * Restyles a video from now on, or shows why that is impossible.
   * @param fixed The recipe; by default the current one, even when it changes. A video that is already
   *   restyled changes to it.
   */
  async start(video: HTMLVideoElement, fixed?: Recipe): Promise<void> {
    await this.attempt(async () => {
      const settings = await readSettings();
      if (!video.isConnected) return;
      const running = this.running.get(video);
      if (!running) this.begin(video, settings, fixed);
      else if (running.rests) running.retry();
      if (!running || !fixed) return;
      this.fixed.set(running, fixed);
      running.configure({ ...settings, ...fixed });
    });
  }

  private begin(video: HTMLVideoElement, settings: Settings, fixed?: Recipe): void {
    this.stopObserving ??= observeSettings((changed) => {
      for (const live of this.running.values()) {
        live.configure({ ...changed, ...this.fixed.get(live) });
      }
    });
    const live = new LiveVideo(
      video,
      this.engine,
      { ...settings, ...fixed },
      {
        onEnd: (error, place) => this.ended(video, error, place),
        onRest: (error) => this.notices.showError(error.code, this.wayOutOf(error)),
        onMovedOut: () => this.notices.show(t('page_video_moved_out')),
        shareOf: (area) =>
          shareOf(
            area,
            [...this.running.values()].map((each) => each.area),
          ),
      },
    );
    this.running.set(video, live);
    if (fixed) this.fixed.set(live, fixed);
    this.known.set(video, live);
    this.notices.speak(t('page_video_started'));
    this.tell();
  }

  /** Does something that the user waits for: errors are shown. */
  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.notices.showError(PasticheError.from(thrown).code);
    }
  }

  /** Restyles a video and, from now on, every other one that plays in view, one at a time. */
  async follow(video: HTMLVideoElement): Promise<void> {
    await this.start(video);
    this.feed?.stop();
    this.feed = new Feed(video, (next, before) => {
      this.running.get(before)?.stop();
      detach(this.start(next));
    });
  }

  /** Stops one video, or all, and follows no others any more. Returns the number that ran. */
  stop(video?: HTMLVideoElement): number {
    this.feed?.stop();
    this.feed = null;
    const all = [...this.running].filter(([element]) => !video || element === video);
    for (const [, live] of all) live.stop();
    if (all.length > 0) this.notices.speak(t('page_video_stopped'));
    return all.length;
  }

  /** Saves the frame on the screen as a PNG file; a video that isn't restyled yet is restyled from now on. */
  async save(video: HTMLVideoElement): Promise<void> {
    await this.attempt(async () => {
      const { budget } = await readSettings();
      const live = await this.ensure(video);
      if (!live) return;
      const frame = await live.snapshot(budget * 1e6);
      await saveFile(frame, videoFileName(this.site, new Date(), 'png'));
    });
  }

  /** Records a video, or ends and saves its recording. */
  async record(video: HTMLVideoElement): Promise<void> {
    const live = await this.ensure(video);
    if (live?.isRecording) await this.finish(live);
    else if (live) {
      await this.attempt(async () => {
        live.record(() => {
          this.notices.show(t('page_recording_full'));
          detach(this.finish(live));
        });
        const action = { label: t('page_recording_stop'), run: () => detach(this.finish(live)) };
        this.closeRecordingNotice = this.notices.show(t('page_recording'), action);
        this.onRecording(true);
      });
    }
  }

  private async finish(live: LiveVideo): Promise<void> {
    this.closeRecordingNotice(null);
    this.onRecording(false);
    await this.attempt(async () => {
      const file = await live.finishRecording();
      if (file) await saveFile(file, videoFileName(this.site, new Date(), 'webm'));
    });
  }

  private async ensure(video: HTMLVideoElement): Promise<LiveVideo | null> {
    await this.start(video);
    return this.running.get(video) ?? null;
  }

  status(): VideoStatus[] {
    return [...this.known.values()].map((live) => live.status());
  }

  private ended(
    video: HTMLVideoElement,
    error: PasticheError | null,
    place: DOMRectReadOnly | null,
  ): void {
    const live = this.running.get(video);
    // The recording so far is saved.
    if (live?.isRecording) detach(this.finish(live));
    this.running.delete(video);
    if (!video.isConnected) this.known.delete(video);
    if (error) this.notices.showError(error.code, this.wayOutOf(error));
    if (place) detach(this.findAgain(video, place, live && this.fixed.get(live)));
    this.tell();
    if (this.running.size > 0) return;
    this.stopObserving?.();
    this.stopObserving = null;
  }

  /**
   * Finds the successor of a removed video: a player may replace its element, or insert it elsewhere.
   * In a feed, other videos take its place by themselves, and the feed chooses.
   */
  private async findAgain(
    video: HTMLVideoElement,
    place: DOMRectReadOnly,
    fixed?: Recipe,
  ): Promise<void> {
    for (let waited = 0; waited < REPLACEMENT_TIMEOUT_MS; waited += REPLACEMENT_STEP) {
      await new Promise((resolve) => setTimeout(resolve, REPLACEMENT_STEP));
      const successor = video.isConnected ? video : this.feed ? null : videoAt(place);
      if (successor) {
        const isChosen = !this.feed || this.feed.chosen === successor;
        if (isChosen && !this.isRunning(successor)) await this.start(successor, fixed);
        return;
      }
    }
  }

  /** Updates the extension's button, which shows that something runs here. */
  private tell(): void {
    const running = this.running.size > 0;
    // If the background can't be reached, the button can't be updated either.
    askBackground({ type: 'background.video-running', running }).catch(() => undefined);
  }

  /**
   * A video that can't be read can still be painted by capturing its tab, in browsers that can capture
   * tabs.
   */
  private wayOutOf(error: PasticheError): Action | undefined {
    // Other errors include that the extension is gone, and its manifest with it.
    if (error.code !== 'video-blocked') return undefined;
    // Firefox returns null for keys that are missing in the manifest.
    const optional = browser.runtime.getManifest().optional_permissions ?? [];
    if (!optional.includes('tabCapture')) return undefined;
    const open = (): Promise<unknown> => askBackground({ type: 'background.open-capture' });
    return { label: t('page_video_capture'), run: () => detach(this.attempt(open)) };
  }
}
