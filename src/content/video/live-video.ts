/**
 * One video that is restyled while it plays: takes its newest frame, has it painted, shows it, and
 * takes the next. What does not move or can't be seen costs nothing.
 */
import type { Content, ContentRegions, EngineClient, Pastiche } from '../../engine/client';
import { imageDataOf } from '../../engine/image-data';
import { PasticheError } from '../../messages/errors';
import type { Backend, FrameTimes, NetworkName, VideoStatus } from '../../messages/messages';
import type { Manner } from '../../style/manner';
import { strengthOf, type StyleMix } from '../../style/mix';
import type { Settings, VideoSettings } from '../../storage/settings';
import { pictureBox, type Box, type Fit, type Size } from '../fit';
import { Overlay, type Overlaid } from '../overlay';
import { frameSize } from './frame-size';
import { canReload, reloadWithCors } from './cors-reload';
import { FrameGrabber } from './grabber';
import { watchNativeParts } from './native-parts';
import { Pace } from './pace';
import { meterOf, timerOf } from './meter';
import { rateOn, watchPower } from './power';
import { Recorder } from './recorder';
import { FrameSchedule } from './schedule';
import { createScreen, type Screen, type Sharpness } from './screen';

/** A paused frame is painted with at most this many pixels. */
const STILL_PIXELS = 640 * 360;

/** A seek in a paused video shows frame after frame; the good version waits. Milliseconds. */
const SETTLED = 250;

/** So many failures of the engine in a row, and it is given up. */
const MOST_FAILURES = 5;

/** Pause after a failure, in milliseconds: a worker that starts anew needs a moment. */
const FAILURE_PAUSE = 300;

/** Of how many frames latencies and the like are remembered. */
const REMEMBERED = 200;

/** What a video is restyled with. */
export interface LiveOptions extends Pick<Settings, 'mix' | 'manner' | 'video'> {
  /** Masks that are fixed to the frame. */
  readonly regions?: ContentRegions;
}

/** What the outer world hears of it. */
export interface LiveEvents {
  /**
   * It is over. Called once.
   * @param error What went wrong, if anything did.
   * @param place Where the element was in the viewport, if it has left the page.
   */
  onEnd(error: PasticheError | null, place: DOMRectReadOnly | null): void;
  /** It is shown in a window of its own, where it can't be restyled. */
  onMovedOut(): void;
}

class VideoSurface implements Overlaid {
  readonly behindContents = false;

  constructor(readonly element: HTMLVideoElement) {}

  boxIn(content: Size, natural: Size): Box {
    const { objectFit, objectPosition } = getComputedStyle(this.element);
    return pictureBox(objectFit as Fit, objectPosition, content, natural);
  }
}

export class LiveVideo {
  private screen: Screen;
  private readonly overlay: Overlay;
  private readonly grabber = new FrameGrabber();
  private readonly pace: Pace;
  private readonly schedule: FrameSchedule;
  private readonly abort = new AbortController();
  private readonly sight: IntersectionObserver;
  private state: VideoStatus['state'] = 'starting';
  private error: PasticheError | null = null;
  private mix: StyleMix;
  private regions: ContentRegions | undefined;
  private manner: Manner;
  private options: VideoSettings;
  /** What the engine remembers it by. */
  private readonly stream = randomName();
  private interval: number;
  private onBattery = false;

  private recorder: Recorder | null = null;
  private labelTimer: ReturnType<typeof setInterval> | undefined;
  private frameRequest: number | null = null;
  /** When the newest frame was presented that has not been painted; null if there is none. */
  private waiting: number | null = null;
  private isBusy = false;
  private isInSight = true;
  /** Where the element was when it was last painted. */
  private place = new DOMRectReadOnly();
  private failures = 0;
  private stillTimer: ReturnType<typeof setTimeout> | undefined;
  /** Withdraws the good version of a paused frame. */
  private refining: AbortController | null = null;

  private painted = 0;
  private dropped = 0;
  private latencies: number[] = [];
  private frames: FrameTimes[] = [];
  private size: Size = { width: 0, height: 0 };
  private network: NetworkName | null = null;
  private backend: Backend | null = null;

  constructor(
    readonly video: HTMLVideoElement,
    private readonly engine: EngineClient,
    { mix, regions, manner, video: options }: LiveOptions,
    private readonly events: LiveEvents,
  ) {
    this.mix = mix;
    this.regions = regions;
    this.manner = manner;
    this.options = options;
    this.interval = 1000 / options.rate;
    this.pace = new Pace(this.interval);
    this.schedule = new FrameSchedule(this.interval);
    this.screen = createScreen(options.sharpness);
    this.overlay = new Overlay(new VideoSurface(video), this.screen.canvas, () => this.stop());
    this.sight = new IntersectionObserver((entries) => {
      this.isInSight = entries.at(-1)?.isIntersecting ?? true;
      this.wakeOrSleep();
    });
    this.listen();
    watchPower(
      navigator,
      (onBattery) => {
        this.onBattery = onBattery;
        this.aimAtRate();
      },
      this.abort.signal,
    );
    if (options.meter) this.labelTimer = setInterval(() => this.updateLabel(), 500);
    this.engine.wake();
    this.wakeOrSleep();
  }

  /** Goes on with another mix and other settings, from the next frame on. */
  configure({ mix, regions, manner, video: options }: LiveOptions): void {
    this.mix = mix;
    this.regions = regions;
    this.manner = manner;
    if (this.options.sharpness !== options.sharpness) this.changeScreen(options.sharpness);
    this.options = options;
    if (options.meter) this.labelTimer ??= setInterval(() => this.updateLabel(), 500);
    this.updateLabel();
    this.aimAtRate();
    if (this.video.paused) this.waiting ??= performance.now();
    this.next();
  }

  /**
   * Paints the frame on the screen once more, as well as a still, as a PNG file.
   * @param mostPixels That it may have.
   * @throws {PasticheError} as the engine and the grabber do.
   */
  async snapshot(mostPixels: number): Promise<Blob> {
    const { videoWidth: width, videoHeight: height } = this.video;
    const frame = this.grabber.grab(this.video, frameSize({ width, height }, mostPixels));
    const pastiche = await this.ask({ frame, network: 'full', file: true }, this.abort.signal);
    const file = await pastiche.file;
    if (!file) throw new PasticheError('unexpected', 'the mix is empty');
    return file;
  }

  get isRecording(): boolean {
    return this.recorder !== null;
  }

  /**
   * Begins to record what is shown.
   * @param onFull Called when the recording must end.
   * @throws {PasticheError} `recording-failed`
   */
  record(onFull: () => void): void {
    const { videoWidth: width, videoHeight: height } = this.video;
    this.recorder ??= new Recorder(this.video, { width, height }, onFull);
    this.recorder.add(this.screen.canvas);
    this.labelTimer ??= setInterval(() => this.updateLabel(), 500);
  }

  /**
   * Ends the recording.
   * @throws {PasticheError} `recording-failed`
   */
  async finishRecording(): Promise<Blob | null> {
    const { recorder } = this;
    this.recorder = null;
    this.updateLabel();
    return (await recorder?.finish()) ?? null;
  }

  /** Ends it and takes the layer off the video. */
  stop(error: PasticheError | null = null): void {
    if (this.isOver) return;
    this.state = error ? 'failed' : 'stopped';
    this.error = error;
    this.abort.abort(new PasticheError('cancelled'));
    this.refining?.abort(new PasticheError('cancelled'));
    clearTimeout(this.stillTimer);
    clearInterval(this.labelTimer);
    this.sight.disconnect();
    this.stopWatching();
    this.overlay.remove();
    this.screen.close();
    this.events.onEnd(error, this.video.isConnected ? null : this.place);
  }

  status(): VideoStatus {
    const { width, height } = this.size;
    return {
      source: this.video.currentSrc,
      state: this.state,
      error: this.error?.toMessage() ?? null,
      painted: this.painted,
      dropped: this.dropped,
      rate: this.schedule.rate(performance.now()),
      latencies: this.latencies,
      frames: this.frames,
      width,
      height,
      network: this.network,
      backend: this.backend,
    };
  }

  private updateLabel(): void {
    const { recorder, options } = this;
    if (!recorder && !options.meter) {
      clearInterval(this.labelTimer);
      this.labelTimer = undefined;
    }
    const words = [
      ...(recorder ? [timerOf(recorder.seconds, recorder.bytes)] : []),
      ...(options.meter ? [meterOf(this.status())] : []),
    ];
    this.overlay.showLabel(words.join('  '));
  }

  private changeScreen(sharpness: Sharpness): void {
    this.screen.close();
    this.screen = createScreen(sharpness);
    this.overlay.exchange(this.screen.canvas);
  }

  private get isAsleep(): boolean {
    return this.state === 'asleep';
  }

  private get isOver(): boolean {
    return this.state === 'failed' || this.state === 'stopped';
  }

  private listen(): void {
    const { signal } = this.abort;
    const on = (types: string, listener: () => void): void => {
      for (const type of types.split(' ')) this.video.addEventListener(type, listener, { signal });
    };
    on('play playing pause seeked ended', () => this.wakeOrSleep());
    on('seeked loadeddata pause', () => this.offerFrame());
    // What is on the screen belongs to what was played before.
    on('emptied', () => this.overlay.conceal());
    on('enterpictureinpicture leavepictureinpicture', () => this.movedOut());
    on('encrypted', () => this.stop(new PasticheError('video-protected')));
    document.addEventListener('visibilitychange', () => this.wakeOrSleep(), { signal });
    this.sight.observe(this.video);
    watchNativeParts(this.video, ({ top, bottom }) => this.overlay.leaveFree(top, bottom), signal);
  }

  /** Frames are followed only while someone can see them. */
  private wakeOrSleep(): void {
    if (this.isOver) return;
    const isAwake =
      this.isInSight && document.visibilityState === 'visible' && !isInWindowOfItsOwn(this.video);
    if (!isAwake) {
      this.stopWatching();
      this.state = 'asleep';
      return;
    }
    if (this.state === 'asleep') this.state = 'starting';
    this.watch();
    if (this.video.paused) this.offerFrame();
  }

  /** No extension can paint in the small window that browsers show a video in. */
  private movedOut(): void {
    if (isInWindowOfItsOwn(this.video)) {
      this.overlay.conceal();
      this.events.onMovedOut();
    }
    this.wakeOrSleep();
  }

  private watch(): void {
    if (this.frameRequest !== null) return;
    this.frameRequest = this.video.requestVideoFrameCallback((now) => {
      this.frameRequest = null;
      this.schedule.presented(now);
      if (this.waiting !== null && !this.video.paused) this.dropped += 1;
      this.waiting = now;
      this.watch();
      this.next();
    });
  }

  private stopWatching(): void {
    if (this.frameRequest !== null) this.video.cancelVideoFrameCallback(this.frameRequest);
    this.frameRequest = null;
    this.waiting = null;
    clearTimeout(this.stillTimer);
  }

  /** The frame that stands still on the screen is to be painted, though none was presented. */
  private offerFrame(): void {
    if (this.frameRequest === null || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return;
    }
    this.waiting ??= performance.now();
    this.next();
  }

  /** Has the waiting frame painted, unless another one is being painted. */
  private next(): void {
    if (this.waiting === null || this.isOver) return;
    this.refining?.abort(new PasticheError('cancelled'));
    if (this.isBusy) return;
    if (!this.video.paused && !this.schedule.isDue(this.waiting)) {
      this.waiting = null;
      return;
    }
    const presented = this.waiting;
    this.waiting = null;
    void this.run(presented);
  }

  private async run(presented: number): Promise<void> {
    this.isBusy = true;
    clearTimeout(this.stillTimer);
    try {
      await this.paintFrame(presented);
      this.failures = 0;
    } catch (thrown) {
      await this.recover(PasticheError.from(thrown));
    }
    this.isBusy = false;
    if (this.isOver) return;
    if (!this.video.isConnected) this.stop();
    else if (this.waiting !== null) this.next();
    else if (this.video.paused) this.stillTimer = setTimeout(() => void this.refine(), SETTLED);
  }

  private async paintFrame(presented: number): Promise<void> {
    const { video, pace, schedule } = this;
    if (video.mediaKeys) throw new PasticheError('video-protected');
    const natural = { width: video.videoWidth, height: video.videoHeight };
    if (natural.width === 0 || natural.height === 0) return;
    if (!this.isPainted) {
      this.overlay.conceal();
      this.state = 'playing';
      return;
    }
    pace.limit(natural.width * natural.height);
    const { level } = pace;
    const began = performance.now();
    schedule.taken(presented);
    const frame = this.grabber.grab(video, frameSize(natural, level.pixels));
    this.screen.take(video, frame);
    const grabbed = performance.now();
    const { stream, options } = this;
    const how = { network: level.network, stream, steady: options.steady } as const;
    const pastiche = await this.ask({ frame, ...how }, this.abort.signal);
    // Meanwhile it may have gone where nobody sees it, or into a window of its own.
    if (this.isAsleep) return;
    const answered = performance.now();
    this.show(pastiche, natural);
    const ended = performance.now();
    if (level.network === 'live' && pastiche.network === 'full') pace.withoutLive();
    else pace.observe({ now: ended, cycle: ended - began, run: pastiche.timings.run });
    this.aim();
    schedule.finished(ended);
    this.state = 'playing';
    const { queue, pre, run, post } = pastiche.timings;
    const transport = answered - grabbed - queue - pre - run - post;
    const onPage = { grab: grabbed - began, draw: ended - answered };
    remember(this.frames, { ...pastiche.timings, ...onPage, transport });
    requestAnimationFrame(() => remember(this.latencies, performance.now() - presented));
  }

  private aimAtRate(): void {
    this.interval = 1000 / rateOn(this.onBattery, this.options.rate);
    this.schedule.aim(this.interval);
    this.aim();
  }

  /** The rate that is wanted, as far as the source has so many frames. */
  private aim(): void {
    this.pace.aim(Math.max(this.interval, this.schedule.sourceInterval));
  }

  /** Paints the frame of a paused video again, as well as a still. */
  private async refine(): Promise<void> {
    const { video } = this;
    if (this.isOver || this.isBusy || !video.paused || this.state === 'asleep') return;
    const natural = { width: video.videoWidth, height: video.videoHeight };
    if (natural.width === 0 || !this.isPainted) return;
    this.refining = new AbortController();
    const { signal } = this.refining;
    try {
      const frame = this.grabber.grab(video, frameSize(natural, STILL_PIXELS));
      this.screen.take(video, frame);
      const pastiche = await this.ask({ frame, network: 'full' }, signal);
      if (signal.aborted || this.isOver || this.isAsleep) return;
      this.show(pastiche, natural);
      this.state = 'still';
    } catch (thrown) {
      // The frame is on the screen already, only not as fine.
      if (!signal.aborted) this.failures += 1;
      void thrown;
    }
  }

  private get isPainted(): boolean {
    return strengthOf(this.mix) > 0 || this.regions !== undefined;
  }

  private ask(
    {
      frame,
      ...how
    }: { frame: ImageData } & Partial<Pick<Content, 'network' | 'stream' | 'steady' | 'file'>>,
    signal: AbortSignal,
  ): Promise<Pastiche> {
    const { data: pixels, width, height } = frame;
    const { mix, manner, regions } = this;
    const recipe = { mix, manner, ...(regions && { regions }) };
    return this.engine.restyle(
      {
        width,
        height,
        pixels,
        ...recipe,
        urgency: 'frame',
        file: false,
        isExpendable: true,
        ...how,
      },
      signal,
    );
  }

  private show(pastiche: Pastiche, natural: Size): void {
    const { width, height, pixels } = pastiche;
    // An element that left the page while it was painted has no place any more, but had one.
    if (this.video.isConnected) this.place = this.video.getBoundingClientRect();
    if (this.screen.isLost) this.changeScreen('never');
    const seen = this.overlay.shownSize(natural);
    this.screen.show(imageDataOf(pixels, width, height), seen);
    this.overlay.reveal(natural);
    this.recorder?.add(this.screen.canvas);
    this.painted += 1;
    this.size = { width, height };
    this.network = pastiche.network;
    this.backend = pastiche.backend;
  }

  /** An engine that died starts again by itself, so the next frame may succeed. */
  private async recover(error: PasticheError): Promise<void> {
    if (this.isOver || error.code === 'cancelled') return;
    if (error.code === 'video-blocked' && canReload(this.video)) {
      if (!(await reloadWithCors(this.video))) this.stop(error);
      return;
    }
    const isPassing = error.code === 'engine-crashed' || error.code === 'engine-unavailable';
    this.failures += 1;
    if (!isPassing || this.failures >= MOST_FAILURES) {
      this.stop(error);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE));
    this.waiting ??= performance.now();
  }
}

/** Pages without TLS have no randomUUID. */
function randomName(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

function isInWindowOfItsOwn(video: HTMLVideoElement): boolean {
  return video.getRootNode() instanceof ShadowRoot
    ? video.matches(':picture-in-picture')
    : document.pictureInPictureElement === video;
}

function remember<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > REMEMBERED) list.shift();
}
