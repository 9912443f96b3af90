/** The picture of a tab for the palette's preview. */
import type { PageImage, PageReply } from '../protocol/messages';
import { askPage, reachableFrames } from './pages';

/**
 * The picture that was clicked last in any frame or, failing that, the largest in view.
 * @returns Null if none can be read without asking for access.
 * @throws {PasticheError} `page-forbidden` if the extension may not act there.
 */
export async function previewPicture(tabId: number): Promise<PageImage | null> {
  const frames = await reachableFrames(tabId);
  const replies = await Promise.all(
    frames.map((frame) => askPage(frame, { type: 'page.preview' }).catch(() => null)),
  );
  const [best] = replies
    .filter(isImage)
    .sort((a, b) => Number(b.clicked) - Number(a.clicked) || b.area - a.area);
  return best ?? null;
}

function isImage(reply: PageReply): reply is PageImage {
  return reply !== null && 'type' in reply && reply.type === 'page.image';
}
