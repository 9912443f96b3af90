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

async function answerTo(background: Background, request: BackgroundRequest): Answer {
  switch (request.type) {
    case 'background.fetch-image':
      return background.access ? fetchImage(request.url) : null;
    case 'background.capture-tab':
      return background.capture();
    case 'background.readable':
      return background.access ? request.urls : [];
    case 'background.wake-engine':
    case 'background.site-wish':
    case 'background.video-running':
    case 'background.painted':
      return null;
    default:
      throw new Error(`${request.type} is tested with the whole extension`);
  }
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
