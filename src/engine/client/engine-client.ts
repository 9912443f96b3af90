import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import { askBackground, isContextGone } from '../../protocol/background-client';
import { carriesBinary, packBytes, unpackBytes, type Bytes } from '../../core/bytes';
import { Known } from '../../core/known';
import type { DuplexPort } from '../../protocol/direct-port';
import { PasticheError } from '../../protocol/errors';
import {
  ENGINE_PORT,
  type Backend,
  type EngineReply,
  type EngineRequest,
  type EngineTimings,
  type GivenPaintJob,
  type PaintAnswer,
} from '../../protocol/messages';
import type { Size } from '../../core/geometry';
import type { Composition } from '../../core/regions/layers';

/** A picture to be restyled. */
export interface Content extends Omit<GivenPaintJob, 'regions'> {
  /**
   * RGBA, 4·width·height bytes, not premultiplied. Left as they are, but those of a video's frame are
   * given away where that can be: they are empty then, and the request is not made again.
   */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly regions?: Composition;
}

type GivenRegions = NonNullable<GivenPaintJob['regions']>;

/** A restyled picture, of the content's size. */
export interface Pastiche extends Size, Omit<PaintAnswer, 'data' | 'mime'> {
  /** RGBA, 4·width·height bytes, not premultiplied; none where there is a file. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** A file, or the text of a `data:` address, if requested and if the mix isn't empty. */
  readonly file: Blob | null;
  readonly backend: Backend;
  readonly timings: EngineTimings;
}

/** Time for the engine to send its greeting, in milliseconds. */
const GREETING_TIMEOUT_MS = 5_000;

/**
 * Delay before the first reconnection, in milliseconds, doubled each time: a closing document needs
 * time to be gone, an opening one to listen.
 */
const RECONNECT_DELAY_MS = 150;

/** Maximum number of times that the engine may be lost before it has started on a picture. */
const MAX_LOSSES = 5;

/** Time after the first loss in which to retry, in milliseconds; there is at least one retry. */
const LOSS_TIMEOUT_MS = 5_000;

/** Maximum number of starts on a picture, which may be what ends the engine each time. */
const MAX_STARTS = 3;

/**
 * A client of the engine, in a content script or a page of the extension. Connects when first needed;
 * the engine may be lost at any time, and is woken again by the next request.
 */
export class EngineClient {
  private connecting: Promise<Connection> | null = null;
  private lastId = 0;

  /** @param openDirect Opens a port faster than the runtime's, if there is a way; may reject. */
  constructor(private readonly openDirect?: () => Promise<DuplexPort<EngineRequest>>) {}

  /** Connects ahead of time, so that the engine starts while the pixels are read. */
  wake(): void {
    // A request for a picture will report the error.
    this.connection().catch(() => undefined);
  }

  /**
   * Disconnects until the engine is needed again; pending requests are repeated then. For a page that
   * enters the back/forward cache: its ports are closed while it is frozen, without a notification.
   */
  close(): void {
    this.connecting?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  /**
   * Restyles a picture.
   * @param signal Cancels the request.
   * @param onStarted Called when the engine starts on it; again, if it has to be repeated.
   * @throws {PasticheError} `cancelled` by the signal; the engine's own; `engine-unavailable` if it
   *   can't be reached; `extension-updated` if this script's extension is gone.
   */
  async restyle(content: Content, signal: AbortSignal, onStarted?: () => void): Promise<Pastiche> {
    let starts = 0;
    let firstLoss = Infinity;
    const countStart = (): void => {
      starts += 1;
      onStarted?.();
    };
    for (let losses = 1; ; losses++) {
      try {
        const connection = await this.connection();
        throwIfAborted(signal);
        this.lastId += 1;
        return await connection.restyle(this.lastId, content, signal, countStart);
      } catch (thrown) {
        if (isContextGone()) throw new PasticheError('extension-updated', '', { cause: thrown });
        if (!(thrown instanceof ConnectionLost)) throw thrown;
        const now = performance.now();
        firstLoss = Math.min(firstLoss, now);
        const isGivenAway = content.pixels.byteLength === 0;
        const isLate = now - firstLoss > LOSS_TIMEOUT_MS;
        if (isGivenAway || isLate || losses === MAX_LOSSES || starts === MAX_STARTS) {
          throw PasticheError.from(thrown.cause ?? thrown, 'engine-unavailable');
        }
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_DELAY_MS * 2 ** (losses - 1)));
        throwIfAborted(signal);
      }
    }
  }

  private async connection(): Promise<Connection> {
    this.connecting ??= Connection.open(() => {
      this.connecting = null;
    }, this.openDirect);
    return this.connecting;
  }
}

/**
 * Interval of heartbeats while a request is pending, in milliseconds. Without messages, Firefox would
 * suspend the background page, and the engine with it.
 */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/** Maximum number of consecutive missing heartbeats before the port is given up. */
const MAX_MISSED_HEARTBEATS = 5;

/** The port was closed, or never opened. */
class ConnectionLost extends Error {}

/** The ids of masks, by their shares. */
const maskIds = new WeakMap<Uint8Array, number>();
let lastMaskId = 0;

/** Someone who waits for answers. */
interface Waiting {
  onReply(reply: EngineReply): void;
  onLost(error: ConnectionLost): void;
}

/** An open port to the engine, after its greeting. */
class Connection {
  /** Pending requests by id. */
  private readonly waiting = new Map<number, Waiting>();
  /** Masks that the engine has been sent. */
  private readonly known = new Known<true>();
  private heart: ReturnType<typeof setInterval> | null = null;
  /** Heartbeats sent since the engine's last message. */
  private unanswered = 0;

  private constructor(
    private readonly port: DuplexPort<EngineRequest>,
    /** Whether the port carries binary data. */
    private readonly binary: boolean,
    private readonly onLost: () => void,
  ) {
    port.onMessage.addListener((message: unknown) => {
      this.unanswered = 0;
      const reply = message as EngineReply;
      if ('id' in reply) this.waiting.get(reply.id)?.onReply(reply);
    });
    port.onDisconnect.addListener(() => this.lose('the port closed'));
  }

  private lose(reason: string): void {
    this.onLost();
    this.rest();
    const error = new ConnectionLost(reason);
    for (const waiting of [...this.waiting.values()]) waiting.onLost(error);
  }

  close(): void {
    this.port.disconnect();
    this.lose('closed from this side');
  }

  private beat(): void {
    this.heart ??= setInterval(() => {
      this.unanswered += 1;
      try {
        if (this.unanswered > MAX_MISSED_HEARTBEATS) this.close();
        else this.post({ type: 'engine.status' });
      } catch {
        // The port was closed without a notification.
        this.lose('the port is gone');
      }
    }, HEARTBEAT_INTERVAL_MS);
  }

  private rest(): void {
    if (this.heart !== null) clearInterval(this.heart);
    this.heart = null;
    this.unanswered = 0;
  }

  /**
   * Wakes the engine and opens a port to it: the direct one or, failing that, the runtime's.
   * @param onLost Called when that fails or, later, when the port closes.
   * @throws {ConnectionLost} caused by the background's error, if the engine can't be woken.
   */
  static async open(
    onLost: () => void,
    openDirect?: () => Promise<DuplexPort<EngineRequest>>,
  ): Promise<Connection> {
    try {
      const direct = await openDirect?.().catch(() => null);
      if (direct) return new Connection(direct, true, onLost);
      await askBackground({ type: 'background.wake-engine' }).catch((cause: unknown) => {
        throw new ConnectionLost('the engine was not woken', { cause });
      });
      const port = browser.runtime.connect({ name: ENGINE_PORT });
      return new Connection(port, await greeting(port), onLost);
    } catch (thrown) {
      onLost();
      throw thrown;
    }
  }

  /** As EngineClient's, but throws {@link ConnectionLost} if the port is lost. */
  async restyle(
    id: number,
    { pixels, regions, ...how }: Content,
    signal: AbortSignal,
    onStarted?: () => void,
  ): Promise<Pastiche> {
    const pastiche = Promise.withResolvers<Pastiche>();
    const fail = (error: Error): void => pastiche.reject(error);
    const withdraw = (): void => {
      fail(PasticheError.from(signal.reason, 'cancelled'));
      try {
        this.post({ type: 'engine.cancel', id });
      } catch {
        // If the port is gone, so is the request.
      }
    };
    const onReply = (reply: EngineReply): void => {
      if (reply.type === 'engine.started') onStarted?.();
      else if (reply.type === 'engine.failed') fail(PasticheError.fromMessage(reply.error));
      else if (reply.type === 'engine.pastiche') {
        const { data, mime, timings, ...answer } = reply.answer;
        const bytes = unpackBytes(data);
        pastiche.resolve({
          width: how.width,
          height: how.height,
          pixels: new Uint8ClampedArray(mime === null ? bytes : []),
          file: mime === null ? null : new Blob([bytes], { type: mime }),
          backend: reply.backend,
          timings: { queue: reply.queue, ...timings },
          ...answer,
        });
      }
    };
    this.waiting.set(id, { onReply, onLost: fail });
    this.beat();
    signal.addEventListener('abort', withdraw);
    const finish = (): void => {
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.rest();
      signal.removeEventListener('abort', withdraw);
    };
    detach(Promise.allSettled([pastiche.promise]).then(finish));
    const packed = this.pack(pixels);
    const named = regions && this.named(regions);
    const job = { ...how, ...(named && { regions: named }) };
    const isGiven = how.priority === 'frame' && packed instanceof ArrayBuffer;
    try {
      this.post({ type: 'engine.restyle', id, job, pixels: packed }, isGiven ? [packed] : []);
      if (named) this.known.add(named.id, true);
    } catch (thrown) {
      fail(thrown instanceof Error ? thrown : new ConnectionLost(String(thrown)));
    }
    return pastiche.promise;
  }

  /** Regions as they travel: masks go once, and are named by an id from then on. */
  private named({ mixes, part, width, height, shares }: Composition): GivenRegions {
    const id = maskIds.get(shares) ?? ++lastMaskId;
    maskIds.set(shares, id);
    const about = { id, mixes, ...(part && { part }) };
    if (this.known.get(id)) return about;
    return { ...about, masks: { width, height, shares: this.pack(shares) } };
  }

  /** The whole buffer travels, of which a view may show a part only. */
  private pack(view: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Bytes {
    const whole = view.byteLength === view.buffer.byteLength ? view : view.slice();
    return packBytes(whole.buffer, this.binary);
  }

  /** @throws {ConnectionLost} if the port is closed, or the message too large for it. */
  private post(request: EngineRequest, given: ArrayBuffer[] = []): void {
    try {
      if (given.length > 0 && this.port.handOver) this.port.handOver(request, given);
      else this.port.postMessage(request);
    } catch (cause) {
      throw new ConnectionLost(String(cause), { cause });
    }
  }
}

/** Waits for the engine's greeting; resolves to whether the port carries binary data. */
function greeting(port: DuplexPort<EngineRequest>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      port.onMessage.removeListener(onMessage);
      port.onDisconnect.removeListener(onDisconnect);
    };
    const onMessage = (message: unknown): void => {
      const reply = message as EngineReply;
      if (reply.type !== 'engine.hello') return;
      end();
      resolve(carriesBinary(reply.probe));
    };
    const onDisconnect = (): void => {
      end();
      reject(new ConnectionLost('nobody listens'));
    };
    const timer = setTimeout(() => {
      onDisconnect();
      port.disconnect();
    }, GREETING_TIMEOUT_MS);
    port.onMessage.addListener(onMessage);
    port.onDisconnect.addListener(onDisconnect);
  });
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw PasticheError.from(signal.reason, 'cancelled');
}
