/** Takes pictures to the editor, and its compositions back to the page. */
import browser from 'webextension-polyfill';

import { unpackBytes } from '../core/bytes';
import { PasticheError } from '../protocol/errors';
import type { BackgroundRequest, EditedImage, PageReply } from '../protocol/messages';
import { handOver } from '../storage/handover';
import { askPage, reachableFrames, type FrameAddress } from './pages';

const POINTED = { kind: 'pointed' } as const;

/** Opens the editor with a picture of a page. */
export async function openEditor(image: EditedImage, frame: FrameAddress): Promise<void> {
  const { data, mime, source, isWhole, isVideo } = image;
  const id = crypto.randomUUID();
  const file = new Blob([unpackBytes(data)], { type: mime });
  // A picture that was read in part can't be painted on the page: its masks are of that part.
  const place = isWhole ? frame : { tabId: -1, frameId: 0 };
  await handOver({ id, file, source, isWhole, isVideo, ...place, added: Date.now() });
  await browser.tabs.create({ url: browser.runtime.getURL(`editor.html?picture=${id}`) });
}

/**
 * Opens the editor with the picture of a tab that was clicked last or, failing that, the largest.
 * @throws {PasticheError} `page-forbidden`; `image-not-found` if there is none.
 */
export async function editPictureOf(tabId: number): Promise<null> {
  for (const frame of await reachableFrames(tabId)) {
    const reply = await askPage(frame, { type: 'page.edit', target: { kind: 'best' } });
    if (isEdited(reply)) {
      await openEditor(reply, frame);
      return null;
    }
    // The page has shown the error itself.
    if (reply === null) return null;
  }
  throw new PasticheError('image-not-found');
}

function isEdited(reply: PageReply): reply is EditedImage {
  return reply !== null && 'type' in reply && reply.type === 'page.edited';
}

/**
 * Returns to the page and paints the picture there.
 * @throws {PasticheError} `image-gone` if the page or the picture is gone.
 */
export async function applyRegions({
  tabId,
  frameId,
  source,
  isVideo,
  mix,
  manner,
  title,
  regions,
}: Extract<BackgroundRequest, { type: 'background.apply-regions' }>): Promise<null> {
  const recipe = { mix, manner, ...(regions && { regions }) };
  // A video may play a stream, which has no address.
  const target = source === '' ? POINTED : ({ kind: 'source', url: source } as const);
  let reply: PageReply;
  try {
    await browser.tabs.update(tabId, { active: true });
    reply = await askPage(
      { tabId, frameId },
      isVideo
        ? { type: 'page.video', target, action: 'start', recipe }
        : { type: 'page.restyle', target, title, ...recipe },
    );
  } catch (thrown) {
    throw PasticheError.from(thrown, 'image-gone');
  }
  if (reply === null || !('found' in reply) || !reply.found) throw new PasticheError('image-gone');
  return null;
}
