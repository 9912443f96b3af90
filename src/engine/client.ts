/** The engine as content scripts and extension pages see it. */
import browser, { type Runtime } from 'webextension-polyfill';

import { askBackground, isContextGone } from '../messages/background-client';
import { carriesBinary, packBytes, unpackBytes } from '../messages/bytes';
import { PasticheError } from '../messages/errors';
import {
  ENGINE_PORT,
  type Backend,
  type EngineReply,
  type EngineRequest,
  type EngineTimings,
  type Urgency,
} from '../messages/messages';
import type { StyleMix } from '../style/mix';

export interface RestyleRequest {
  /** Pixels of the content image. */
  readonly width: number;
  readonly height: number;
  /** RGBA, 4·width·height bytes, not premultiplied. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly mix: StyleMix;
  readonly urgency: Urgency;
  /** Whether a PNG file is wanted too. */
  readonly file: boolean;
}

export interface Pastiche {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  readonly backend: Backend;
  readonly timings: EngineTimings;
  /** A PNG file, if one was asked for. */
  readonly file: Promise<Blob> | null;
}

interface Waiting {
  readonly answer: PromiseWithResolvers<Pastiche>;
  readonly file: PromiseWithResolvers<Blob> | null;
  readonly onStarted: (() => void) | undefined;
}

/** An open port, and whether it carries binary data. */
interface Connection {
  readonly port: Runtime.Port;
  readonly binary: boolean;
}

export class EngineClient {
  private readonly waiting = new Map<number, Waiting>();
  private connection: Promise<Connection> | null = null;
  private nextId = 1;

  /** Opens the port ahead of time, so that the engine starts while pixels are read. */
  wake(): void {
    this.connect().catch(() => undefined);
  }

  /**
   * Restyles a picture. A port that drops, because the engine's document was closed, is opened
   * again once.
   * @param onStarted Called when the request's turn has come.
   * @throws {PasticheError} `cancelled` after an abort, or what the engine says.
   */
  async restyle(
    request: RestyleRequest,
    signal: AbortSignal,
    onStarted?: () => void,
  ): Promise<Pastiche> {
    try {
      return await this.ask(request, signal, onStarted);
    } catch (thrown) {
      const error = PasticheError.from(thrown);
      if (error.code !== 'engine-unavailable' || signal.aborted) throw error;
      return this.ask(request, signal, onStarted);
    }
  }

  private async ask(
    request: RestyleRequest,
    signal: AbortSignal,
    onStarted: (() => void) | undefined,
  ): Promise<Pastiche> {
    const { port, binary } = await this.connect();
    if (signal.aborted) throw new PasticheError('cancelled');
    const id = this.nextId++;
    const answer = Promise.withResolvers<Pastiche>();
    const file = request.file ? Promise.withResolvers<Blob>() : null;
    // A file nobody waits for any more must not become an unhandled rejection.
    file?.promise.catch(() => undefined);
    this.waiting.set(id, { answer, file, onStarted });
    const cancel = (): void => {
      this.post(port, { type: 'engine.cancel', id });
      this.reject(id, new PasticheError('cancelled'));
    };
    signal.addEventListener('abort', cancel, { once: true });
    const { pixels, ...about } = request;
    const packed = packBytes(pixels.buffer, binary);
    this.post(port, { type: 'engine.restyle', id, ...about, pixels: packed });
    try {
      return await answer.promise;
    } finally {
      if (!file) signal.removeEventListener('abort', cancel);
    }
  }

  private connect(): Promise<Connection> {
    if (!this.connection) {
      const opening = this.open();
      opening.catch(() => {
        if (this.connection === opening) this.connection = null;
      });
      this.connection = opening;
    }
    return this.connection;
  }

  private async open(): Promise<Connection> {
    await askBackground({ type: 'background.wake-engine' });
    const hello = Promise.withResolvers<Connection>();
    const port = browser.runtime.connect({ name: ENGINE_PORT });
    port.onMessage.addListener((message: unknown) => {
      const reply = message as EngineReply;
      if (reply.type === 'engine.hello') {
        hello.resolve({ port, binary: carriesBinary(reply.probe) });
      } else this.receive(reply);
    });
    port.onDisconnect.addListener(() => {
      const error = this.disconnected();
      hello.reject(error);
    });
    return hello.promise;
  }

  private post(port: Runtime.Port, request: EngineRequest): void {
    try {
      port.postMessage(request);
    } catch {
      // It had closed before; whoever waits for an answer learns of it.
      this.disconnected();
    }
  }

  private disconnected(): PasticheError {
    this.connection = null;
    const code = isContextGone() ? 'extension-updated' : 'engine-unavailable';
    const error = new PasticheError(code, 'the port to the engine closed');
    for (const id of [...this.waiting.keys()]) this.reject(id, error);
    return error;
  }

  private receive(reply: EngineReply): void {
    if (!('id' in reply)) return;
    const waiting = this.waiting.get(reply.id);
    switch (reply.type) {
      case 'engine.started':
        waiting?.onStarted?.();
        break;
      case 'engine.pastiche': {
        const { width, height, backend, timings } = reply;
        const pixels = new Uint8ClampedArray(unpackBytes(reply.pixels));
        const file = waiting?.file?.promise ?? null;
        waiting?.answer.resolve({ width, height, pixels, backend, timings, file });
        if (!file) this.waiting.delete(reply.id);
        break;
      }
      case 'engine.file':
        waiting?.file?.resolve(new Blob([unpackBytes(reply.png)], { type: 'image/png' }));
        this.waiting.delete(reply.id);
        break;
      case 'engine.failed':
        this.reject(reply.id, PasticheError.fromMessage(reply.error));
        break;
    }
  }

  private reject(id: number, error: PasticheError): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    waiting?.answer.reject(error);
    waiting?.file?.reject(error);
  }
}
