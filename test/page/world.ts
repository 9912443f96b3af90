/** What the tests (in Node) and the content script's world (on the page) know of each other. */
import type { ErrorCode } from '../../src/protocol/errors';
import type {
  BackgroundReply,
  BackgroundRequest,
  PageReply,
  PageRequest,
  PaintJob,
} from '../../src/protocol/messages';

/** The isolated world of the content script, which the page can't see. */
export const WORLD = 'pastiche';

/** The engine's behaviour. */
export interface EngineOptions {
  /** Answers are held back as long as this is true; then the newest comes first. */
  readonly hold: boolean;
  /** Every job fails with this error. */
  readonly failure: ErrorCode | null;
}

/** What the stand-in for the extension starts with on every page. */
export interface WorldOptions extends EngineOptions {
  /** Contents of `storage.local`. */
  readonly stored: Readonly<Record<string, unknown>>;
}

/** An answer of the background. */
export type Reply = BackgroundReply<BackgroundRequest['type']>;

export interface World {
  /** The content script's answer to a request of the background. */
  receive(request: PageRequest): Promise<PageReply | undefined>;
  /** Answers what the content script has asked the background. */
  settle(id: number, reply: Reply): void;
  /** Changes what the engine does from now on. */
  change(options: EngineOptions): void;
  /** All jobs that the engine has been given, in order. */
  readonly jobs: readonly PaintJob[];
  /** The root that was attached in this world, also a closed one. */
  rootOf(host: Element): ShadowRoot | null;
}

export interface WorldGlobals {
  pasticheOptions: WorldOptions;
  pasticheWorld?: World;
  /** Takes a request of the content script, with its number, to the tests. */
  pasticheAsk(text: string): void;
}
