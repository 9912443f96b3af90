/** Answers the content script as the background does, without permissions and menus. */
import type { BackgroundReplies, BackgroundRequest } from '../../src/protocol/messages';
import { parseBackgroundRequest } from '../../src/protocol/background';
import { PasticheError } from '../../src/protocol/errors';
import type { Reply } from './world';

export interface Background {
  /** Whether the user lets the extension read all sites. */
  readonly access: boolean;
  /** What the tab shows, without the extension's elements, as a PNG data URL. */
  capture(): Promise<string>;
}

type Answer = Promise<BackgroundReplies[BackgroundRequest['type']]>;

/** Answers one request; never throws. */
export async function answer(background: Background, message: unknown): Promise<Reply> {
  try {
    const request = parseBackgroundRequest(message, false);
    if (!request) throw new Error(`no request of a content script: ${JSON.stringify(message)}`);
    return { ok: true, value: await answerTo(background, request) };
  } catch (thrown) {
    return { ok: false, error: PasticheError.from(thrown).toMessage() };
  }
}

/** What has no effect that a page could see. */
const UNSEEN: readonly string[] = [
  'background.painted',
  'background.video-running',
  'background.wake-engine',
];

async function answerTo(background: Background, request: BackgroundRequest): Answer {
  if (request.type === 'background.capture-tab') return background.capture();
  if (request.type === 'background.fetch-image') {
    return background.access ? fetchImage(request.url) : null;
  }
  if (request.type === 'background.readable') return background.access ? request.urls : [];
  // No site has a rule.
  if (request.type === 'background.site-wish' || UNSEEN.includes(request.type)) return null;
  throw new Error(`${request.type} is tested with the whole extension`);
}

async function fetchImage(url: string): Promise<BackgroundReplies['background.fetch-image']> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const data = Buffer.from(await response.arrayBuffer()).toString('base64');
    return { data, mime: response.headers.get('content-type') ?? '' };
  } catch (thrown) {
    throw PasticheError.from(thrown, 'fetch-failed');
  }
}
