/**
 * Restyles one video while it plays: takes its newest frame, has it painted and shows it; the next one
 * is sent during the painting. Videos that are still or can't be seen cost nothing.
 */
import type { Content, EngineClient, Pastiche } from '../../engine/client/engine-client';
import { imageDataOf } from '../../engine/client/image-data';
import { pngFile } from '../../media/picture-file';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import type { Backend, FrameTimes, NetworkName, VideoStatus } from '../../protocol/messages';
import type { RenderOptions, Recipe } from '../../core/style/render-options';
import { strengthOf, type StyleMix } from '../../core/style/mix';
import type { Settings, VideoSettings } from '../../storage/settings';
import type { Box, Size } from '../../core/geometry';
import { contentsOf } from '../dom/place';
import { Layer } from '../layer/layer';
import { detailedSize, frameSize } from './frame-size';
import { canReload, reloadWithCors, watchForOtherSource } from './cors-reload';
import { FrameGrabber } from './grabber';
import { watchNativeParts } from './native-parts';
import { Pace } from './pace';
import { meterOf, timerOf } from './meter';
import { rateOn, watchPower } from './power';
import { Recorder } from './recorder';
import { FrameSchedule } from './schedule';
import { createScreen, type Screen } from './screen';

/**
 * Maximum ratio of a paused frame's pixels to a playing one's: strokes have a fixed size in pixels,
 * and it should be the same painting, finer. Small frames may have more, up to the minimum below.
 */
const FINER = 2.25;
const MIN_STILL_PIXELS = 640 * 360;

/**
 * Delay before the good version is painted, as a seek in a paused video shows frame after frame.
 * Milliseconds.
 */
const SETTLED_DELAY_MS = 250;

/**
 * Maximum number of frames in flight: the next one is sent while the engine paints, so that the engine
 * never waits.
 */
const MAX_IN_FLIGHT = 2;

/** Maximum number of consecutive engine failures. */
const MAX_FAILURES = 5;

/** Pause after a failure, in milliseconds: a restarting worker needs a moment. */
const FAILURE_DELAY_MS = 300;

/**
 * Visible fractions of a video at which its visible area is updated, and the minimum fraction of a
 * visible one.
 */
const STEPS_IN_VIEW = [0, 0.25, 0.5, 0.75, 1];
const MIN_IN_VIEW = 0.01;

/** Maximum number of consecutive frames that are taken without a frame callback. */
const MAX_LATE = 3;

/** Number of frames for which latencies and the like are kept. */
const REMEMBERED = 200;

/** The recipe and the settings for a video. */
export interface LiveOptions extends Recipe, Pick<Settings, 'video'> {}

/** A frame of the video. */
interface Grab {
  /** With the size at which it is painted, if that is not its own. */
  readonly content: { readonly frame: ImageData; readonly inside?: Size };
  /** The number that the screen has given to it. */
  readonly taken: number;
}

/** Callbacks to the owner. */
export interface LiveEvents {
  /**
   * It has ended. Called once.
   * @param error The error, if there was one.
   * @param place Its last box in the viewport, if the element has left the page.
   */
  onEnd(error: PasticheError | null, place: DOMRectReadOnly | null): void;
  /** Its present source can't be painted; it continues with the next one. */
  onRest(error: PasticheError): void;
  /** It has moved to a window of its own, where it can't be restyled. */
  onMovedOut(): void;
  /** The share of the machine that it may take, 0..1, for a visible area: see `area`. */
  shareOf(area: number): number;
}

export class LiveVideo {
  private screen: Screen;
  private readonly layer: Layer;
  private readonly grabber = new FrameGrabber();
  private readonly pace: Pace;
  private readonly schedule: FrameSchedule;
  private readonly abort = new AbortController();
  private stopSeeing: () => void;
  private state: VideoStatus['state'] = 'starting';
  private error: PasticheError | null = null;
  private mix: StyleMix;
  private regions: Recipe['regions'];
  private manner: RenderOptions;
  private options: VideoSettings;
  /** Identifies the video to the engine. */
  private readonly stream = randomName();
  private interval: number;
  private onBattery = false;

  private recorder: Recorder | null = null;
  private labelTimer: ReturnType<typeof setInterval> | undefined;
  private frameRequest: number | null = null;
  private lateTimer: ReturnType<typeof setTimeout> | undefined;
  /** When the newest unpainted frame was presented; null if there is none. */
  private waiting: number | null = null;
  private inFlight = 0;
  /** Number of frames taken; and among them the last one shown, and the last one at a failure. */
  private taken = 0;
  private lastShown = 0;
  private lastFailed = 0;
  /** Time of the engine's last reply. */
  private answered = 0;
  private isOver = false;
  /** Whether its source can't be painted, and it waits for the next one. */
  private isResting = false;
  /** Whether a frame of the source was requested; until then its poster is shown. */
  private hasBegun: boolean;
  /** Counts the sources: a frame of an earlier one is not shown any more. */
  private generation = 0;
  /** Visible fraction of it. */
  private inView = 1;
  /** The element's last known box. */
  private place = new DOMRectReadOnly();
  private failures = 0;
  private stillTimer: ReturnType<typeof setTimeout> | undefined;
  /** Cancels the good version of a paused frame. */
  private refining: AbortController | null = null;

  /** Box of the canvas over the picture, in fractions of its sides. */
  private shown: Box = { x: 0, y: 0, width: 1, height: 1 };
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
    this.screen = createScreen(options.sharp);
    this.hasBegun = !video.paused || video.seeking || video.currentTime > 0;
    const onGone = (): void => this.stop();
    const onOtherDocument = (): void => this.changeDocument();
    const layerEvents = { onGone, onOtherDocument };
    this.layer = new Layer(contentsOf(video), layerEvents, this.screen.canvas);
    this.listen();
    this.stopSeeing = this.watchSight();
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
    this.movedOut();
  }

  /** Changes the mix and the settings, from the next frame on. */
  configure({ mix, regions, manner, video: options }: LiveOptions): void {
    this.mix = mix;
    this.regions = regions;
    this.manner = manner;
    if (this.options.sharp !== options.sharp) this.changeScreen(createScreen(options.sharp));
    this.options = options;
    if (options.meter) this.labelTimer ??= setInterval(() => this.updateLabel(), 500);
    this.updateLabel();
    this.aimAtRate();
    if (this.video.paused) this.waiting ??= performance.now();
    this.next();
  }

  /**
   * Paints the present frame again, as well as a still, as a PNG file.
   * @param mostPixels Its maximum number of pixels.
   * @throws {PasticheError} as the engine and the grabber do.
   */
  async snapshot(mostPixels: number): Promise<Blob> {
    const { videoWidth: width, videoHeight: height } = this.video;
    const frame = this.grabber.grab(this.video, frameSize({ width, height }, mostPixels));
    const { pixels, ...size } = await this.ask({ frame, network: 'full' }, this.abort.signal);
    return pngFile(imageDataOf(pixels, size.width, size.height));
  }

  get isRecording(): boolean {
    return this.recorder !== null;
  }

  /**
   * Starts recording the shown frames.
   * @param onFull Called when the recording must end.
   * @throws {PasticheError} `recording-failed`
   */
  record(onFull: () => void): void {
    const { videoWidth: width, videoHeight: height } = this.video;
    this.recorder ??= new Recorder(this.video, { width, height }, onFull);
    this.recorder.add(this.screen.canvas, this.shown);
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

  /** Ends it and removes the layer from the video. */
  stop(error: PasticheError | null = null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.state = error ? 'failed' : 'stopped';
    this.error = error;
    this.abort.abort(new PasticheError('cancelled'));
    this.refining?.abort(new PasticheError('cancelled'));
    clearTimeout(this.stillTimer);
    clearInterval(this.labelTimer);
    this.stopSeeing();
    this.stopWatching();
    this.layer.remove();
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
    this.layer.showLabel(words.join('  '));
  }

  private changeScreen(screen: Screen): void {
    this.screen.close();
    this.screen = screen;
    this.layer.exchange(this.screen.canvas);
  }

  private get isAsleep(): boolean {
    return this.state === 'asleep';
  }

  private listen(): void {
    const { signal } = this.abort;
    const on = (types: string, listener: () => void): void => {
      for (const type of types.split(' ')) this.video.addEventListener(type, listener, { signal });
    };
    on('play seeking', () => {
      this.hasBegun = true;
    });
    on('play playing pause seeked ended', () => this.wakeOrSleep());
    on('seeked loadeddata pause', () => this.offerFrame());
    on('emptied', () => this.changeSource());
    on('enterpictureinpicture leavepictureinpicture', () => this.movedOut());
    on('encrypted', () => this.rest(new PasticheError('video-protected')));
    watchNativeParts(
      this.video,
      ({ bottom, holes }) => this.layer.leaveFree(bottom, holes),
      signal,
    );
    watchForOtherSource(this.video, signal);
  }

  /** Watches whether it can be seen, in its present document. */
  private watchSight(): () => void {
    const { ownerDocument } = this.video;
    const { defaultView } = ownerDocument;
    if (!defaultView) return () => undefined;
    const sight = new defaultView.IntersectionObserver(
      (entries) => {
        if (!this.isStillIn(ownerDocument)) return;
        const { isIntersecting, intersectionRatio, boundingClientRect } = entries.at(-1)!;
        const wasInSight = this.inView > 0;
        // A box without a width has no visible area, even in the viewport.
        this.inView = isIntersecting ? Math.max(MIN_IN_VIEW, intersectionRatio) : 0;
        if (this.video.isConnected) this.place = boundingClientRect;
        if (wasInSight !== isIntersecting) this.wakeOrSleep();
      },
      { threshold: STEPS_IN_VIEW },
    );
    sight.observe(this.video);
    const ending = new AbortController();
    const { signal } = ending;
    const look = (): void => {
      if (this.isStillIn(ownerDocument)) this.wakeOrSleep();
    };
    ownerDocument.addEventListener('visibilitychange', look, { signal });
    // The page takes it out of a closed window as soon as it gets this event.
    defaultView.addEventListener('pagehide', () => setTimeout(look), { signal });
    return () => {
      sight.disconnect();
      ending.abort();
    };
  }

  /** Whether it is still in that document; if its player was moved to another one, watches it there. */
  private isStillIn(before: Document): boolean {
    this.layer.update();
    return !this.isOver && this.video.ownerDocument === before;
  }

  /** A page may move a video into a window of its own, a document picture-in-picture. */
  private changeDocument(): void {
    this.stopSeeing();
    this.stopWatching();
    this.stopSeeing = this.watchSight();
    this.wakeOrSleep();
  }

  /** The shown frame, and those being painted, belong to the previous source. */
  private changeSource(): void {
    this.generation += 1;
    this.hasBegun = false;
    this.waiting = null;
    clearTimeout(this.stillTimer);
    this.refining?.abort(new PasticheError('cancelled'));
    this.layer.conceal();
    if (this.isResting) this.retry();
  }

  /** Shows the plain video until another source is loaded. */
  private rest(error: PasticheError): void {
    if (this.isOver || this.isResting) return;
    this.isResting = true;
    this.state = 'failed';
    this.error = error;
    this.stopWatching();
    this.layer.conceal();
    this.events.onRest(error);
  }

  /** Its visible area while it plays, in CSS pixels. */
  get area(): number {
    const isPlaying = !this.isOver && !this.isResting && !this.isAsleep && !this.video.paused;
    return isPlaying ? this.inView * this.place.width * this.place.height : 0;
  }

  /** Whether it waits for another source, as this one can't be painted. */
  get rests(): boolean {
    return this.isResting;
  }

  /** Tries again to paint a source that could not be painted. */
  retry(): void {
    this.isResting = false;
    this.error = null;
    this.state = 'starting';
    this.wakeOrSleep();
  }

  /** Frames are followed only while they can be seen. */
  private wakeOrSleep(): void {
    if (this.isOver || this.isResting) return;
    const { video } = this;
    if (!video.isConnected) {
      this.stop();
      return;
    }
    const isVisible = video.ownerDocument.visibilityState === 'visible';
    const isAwake = this.inView > 0 && isVisible && !isInWindowOfItsOwn(video);
    if (!isAwake) {
      this.stopWatching();
      this.state = 'asleep';
      return;
    }
    if (this.state === 'asleep') this.state = 'starting';
    this.watch();
    if (video.paused) this.offerFrame();
    else this.expectFrame(performance.now());
  }

  /** Called for the browser's picture-in-picture window, in which no extension can paint. */
  private movedOut(): void {
    if (isInWindowOfItsOwn(this.video)) {
      this.layer.conceal();
      this.events.onMovedOut();
    }
    this.wakeOrSleep();
  }

  private watch(): void {
    if (this.frameRequest !== null) return;
    this.frameRequest = this.video.requestVideoFrameCallback((now, { presentedFrames }) => {
      this.frameRequest = null;
      this.schedule.presented(now, presentedFrames);
      this.watch();
      this.expectFrame(now);
      this.take(now);
    });
  }

  /**
   * A busy page gets many frame callbacks too late or not at all, and none any more once Chromium has
   * lost one with the window that the video was in: then the present frame is taken instead.
   * @param before When the last one was presented.
   * @param chances Maximum number of times until the next new frame: the picture of a stream may stand
   *   still.
   */
  private expectFrame(before: number, chances = MAX_LATE): void {
    clearTimeout(this.lateTimer);
    const next = this.schedule.after(before);
    if (chances === 0 || !next) return;
    const decoded = decodedFrames(this.video);
    this.lateTimer = setTimeout(() => {
      const { paused, seeking, readyState } = this.video;
      if (paused || seeking || readyState < HTMLMediaElement.HAVE_FUTURE_DATA) return;
      // If the page itself stops a track, such as a camera's, there is no event.
      if (hasStopped(this.video)) {
        this.changeSource();
        return;
      }
      const isNew = decodedFrames(this.video) !== decoded;
      this.expectFrame(next.presented, isNew ? MAX_LATE : chances - 1);
      this.take(next.presented);
    }, next.late - performance.now());
  }

  private take(presented: number): void {
    if (this.waiting !== null && !this.video.paused) this.dropped += 1;
    this.waiting = presented;
    this.next();
  }

  private stopWatching(): void {
    if (this.frameRequest !== null) this.video.cancelVideoFrameCallback(this.frameRequest);
    this.frameRequest = null;
    this.waiting = null;
    clearTimeout(this.lateTimer);
    clearTimeout(this.stillTimer);
  }

  /** Has the present still frame painted, though no frame was presented. */
  private offerFrame(): void {
    if (this.frameRequest === null || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) {
      return;
    }
    this.waiting ??= performance.now();
    this.next();
  }

  /** Has the waiting frame painted, unless the maximum number is in flight. */
  private next(): void {
    if (this.waiting === null || this.isOver || this.isResting) return;
    if (this.video.poster !== '' && !this.hasBegun) {
      this.waiting = null;
      return;
    }
    this.refining?.abort(new PasticheError('cancelled'));
    if (this.inFlight >= this.mostInFlight) return;
    if (!this.video.paused && !this.schedule.isDue(this.waiting)) {
      this.waiting = null;
      return;
    }
    const presented = this.waiting;
    this.waiting = null;
    detach(this.run(presented));
  }

  private get mostInFlight(): number {
    const isSteady = !this.video.paused && this.failures === 0 && this.state === 'playing';
    return isSteady && this.pace.overlaps ? MAX_IN_FLIGHT : 1;
  }

  private async run(presented: number): Promise<void> {
    this.inFlight += 1;
    this.taken += 1;
    const order = this.taken;
    clearTimeout(this.stillTimer);
    try {
      await this.paintFrame(presented, order);
      this.failures = 0;
    } catch (thrown) {
      await this.recover(PasticheError.from(thrown), order);
    }
    this.inFlight -= 1;
    if (this.isOver) return;
    if (!this.video.isConnected) this.stop();
    else if (this.waiting !== null) this.next();
    else if (this.video.paused && this.inFlight === 0) {
      this.stillTimer = setTimeout(() => detach(this.refine()), SETTLED_DELAY_MS);
    }
  }

  private async paintFrame(presented: number, order: number): Promise<void> {
    const { video, pace, schedule } = this;
    if (video.mediaKeys) throw new PasticheError('video-protected');
    const { generation } = this;
    const natural = { width: video.videoWidth, height: video.videoHeight };
    if (natural.width === 0 || natural.height === 0) return;
    if (!this.isPainted) {
      this.layer.conceal();
      this.state = 'playing';
      return;
    }
    // Hidden slides of a carousel continue to play.
    if (!video.checkVisibility({ visibilityProperty: true })) return;
    pace.limit(natural.width * natural.height);
    const { level } = pace;
    const began = performance.now();
    schedule.taken(presented);
    const grab = this.grab(natural, level.pixels, 'playing');
    const grabbed = performance.now();
    const { stream, options } = this;
    const how = { network: level.network, stream, steady: options.steady } as const;
    const pastiche = await this.ask({ ...grab.content, ...how }, this.abort.signal);
    const answered = performance.now();
    // The time in which it waited for the frame before it, which is not part of its own cost.
    const waited = Math.max(0, this.answered - grabbed);
    this.answered = answered;
    // In the meantime it may have become invisible, moved to a window of its own, or changed its
    // source; a restarted engine may have painted a later frame first.
    if (this.isAsleep || generation !== this.generation || order < this.lastShown) return;
    this.lastShown = order;
    this.show(pastiche, natural, grab);
    const ended = performance.now();
    const { queue, pre, run, post } = pastiche.timings;
    const onPage = { grab: grabbed - began, draw: ended - answered };
    if (level.network === 'live' && pastiche.network === 'full') pace.withoutLive();
    else if (level === pace.level) {
      const share = this.events.shareOf(this.area);
      const work = pre + run + post + onPage.grab + onPage.draw;
      const beside = work + Math.max(0, queue - waited);
      const journey = (ended - began - waited) / MAX_IN_FLIGHT;
      const cycle = Math.max(work / share, beside, journey);
      pace.observe({ now: ended, cycle, run: run / share });
    }
    this.aim();
    schedule.finished(ended);
    this.state = 'playing';
    const transport = answered - grabbed - queue - pre - run - post;
    remember(this.frames, { ...pastiche.timings, ...onPage, transport });
    requestAnimationFrame(() => remember(this.latencies, performance.now() - presented));
  }

  private aimAtRate(): void {
    this.interval = 1000 / rateOn(this.onBattery, this.options.rate);
    this.schedule.aim(this.interval);
    this.aim();
  }

  /** Sets the desired rate, limited by the source's. */
  private aim(): void {
    this.pace.aim(Math.max(this.interval, this.schedule.sourceInterval ?? 0));
  }

  /** Paints the frame of a paused video again, finer, if possible. */
  private async refine(): Promise<void> {
    const { video } = this;
    if (this.isOver || this.inFlight > 0 || !video.paused || this.state === 'asleep') return;
    const natural = { width: video.videoWidth, height: video.videoHeight };
    if (natural.width === 0 || !this.isPainted) return;
    const { pixels, network } = this.pace.level;
    const most = Math.max(MIN_STILL_PIXELS, FINER * pixels);
    const finest = frameSize(natural, most);
    if (finest.width === this.size.width && finest.height === this.size.height) {
      this.state = 'still';
      return;
    }
    this.refining = new AbortController();
    const { signal } = this.refining;
    try {
      const grab = this.grab(natural, most, 'still');
      const pastiche = await this.ask({ ...grab.content, network }, signal);
      if (signal.aborted || this.isOver || this.isAsleep) return;
      this.layer.dissolve();
      this.show(pastiche, natural, grab);
      this.state = 'still';
    } catch {
      // The frame is on the screen already, only less fine.
      if (!signal.aborted) this.failures += 1;
    }
  }

  /**
   * The present frame, and the size at which it is painted if that is not its own.
   * @throws {PasticheError} as the grabber does.
   */
  private grab(natural: Size, pixels: number, state: 'playing' | 'still'): Grab {
    const inside = frameSize(natural, pixels);
    const detailed = this.screen.wantsDetails
      ? detailedSize(natural, this.layer.shownSize(natural), inside, state)
      : null;
    const frame = this.grabber.grab(this.video, detailed ?? inside);
    const taken = this.screen.take(this.video, frame);
    return { content: { frame, ...(detailed && { inside }) }, taken };
  }

  private get isPainted(): boolean {
    return strengthOf(this.mix) > 0 || this.regions !== undefined;
  }

  private ask(
    { frame, ...how }: { frame: ImageData } & Partial<Content>,
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
        priority: 'frame',
        ...how,
      },
      signal,
    );
  }

  private show(pastiche: Pastiche, natural: Size, { content: { inside }, taken }: Grab): void {
    const { width, height, pixels, shift } = pastiche;
    // An element that has left the page during painting has no box any more.
    if (this.video.isConnected) this.place = this.video.getBoundingClientRect();
    if (this.screen.isLost) this.changeScreen(createScreen(this.options.sharp, false));
    const seen = this.layer.shownSize(natural);
    const image = imageDataOf(pixels, width, height);
    this.shown = this.screen.show(image, taken, seen, inside ? null : shift);
    this.layer.lay(this.shown);
    this.layer.reveal(natural);
    this.recorder?.add(this.screen.canvas, this.shown);
    this.painted += 1;
    this.size = inside ?? { width, height };
    this.network = pastiche.network;
    this.backend = pastiche.backend;
  }

  /** A crashed engine restarts by itself, so the next frame may succeed. */
  private async recover(error: PasticheError, order: number): Promise<void> {
    if (this.isOver || error.code === 'cancelled') return;
    if (error.code === 'video-blocked' && canReload(this.video)) {
      if (!(await reloadWithCors(this.video))) this.rest(error);
      return;
    }
    if (error.code === 'video-blocked' || error.code === 'video-protected') {
      this.rest(error);
      return;
    }
    const isPassing = error.code === 'engine-crashed' || error.code === 'engine-unavailable';
    // Two frames may fail with one engine.
    if (order > this.lastFailed) this.failures += 1;
    this.lastFailed = this.taken;
    if (!isPassing || this.failures >= MAX_FAILURES) {
      this.stop(error);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, FAILURE_DELAY_MS));
    this.waiting ??= performance.now();
  }
}

/** Pages without TLS have no randomUUID. */
/** The number of frames of its source that have been decoded so far. */
function decodedFrames(video: HTMLVideoElement): number {
  return video.getVideoPlaybackQuality().totalVideoFrames;
}

function randomName(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}

function isInWindowOfItsOwn(video: HTMLVideoElement): boolean {
  return video.getRootNode() instanceof ShadowRoot
    ? video.matches(':picture-in-picture')
    : video.ownerDocument.pictureInPictureElement === video;
}

/** Whether it plays a stream that has ended: it is black. */
function hasStopped({ srcObject }: HTMLVideoElement): boolean {
  const tracks = srcObject && 'getVideoTracks' in srcObject ? srcObject.getVideoTracks() : [];
  return tracks.length > 0 && tracks.every(({ readyState }) => readyState === 'ended');
}

function remember<T>(list: T[], value: T): void {
  list.push(value);
  if (list.length > REMEMBERED) list.shift();
}
