/** Sends a request to a page and acts on the answer. */
import { PasticheError } from '../protocol/errors';
import type { PageRequest } from '../protocol/messages';
import { openEditor } from './editor';
import { askPage, type FrameAddress } from './pages';
import { useAsStyle } from './use-style';

/**
 * Sends a user's request to a frame and acts on the answer: opens the editor with a picture, keeps it
 * as a style, or asks the user for a picture that the page has not found.
 * @param request May still be pending while the script is injected.
 * @throws {PasticheError} `page-forbidden` if the extension may not act there; `not-restyled` or
 *   `video-not-found` if there is no such target.
 */
export async function carryOut(
  frame: FrameAddress,
  request: PageRequest | Promise<PageRequest>,
): Promise<void> {
  const reply = await askPage(frame, request);
  if (reply === null) return;
  if (!('type' in reply)) {
    if (!reply.found) await goOnWithout(frame, await request);
  } else if (reply.type === 'page.edited') await openEditor(reply, frame);
  else if (reply.type === 'page.image') await useAsStyle(reply);
}

/** Handles a target that the page has not found. */
async function goOnWithout(frame: FrameAddress, request: PageRequest): Promise<void> {
  const { type } = request;
  // Backgrounds, and images under a transparent layer, have no address in the menu: ask the user.
  if (type === 'page.restyle' || type === 'page.read' || type === 'page.edit') {
    if (request.target.kind === 'pick') return;
    await carryOut(frame, { ...request, target: { kind: 'pick' } });
  }
  if (type === 'page.save' || type === 'page.compare') throw new PasticheError('not-restyled');
  if (type === 'page.video' || type === 'page.edit-video') {
    throw new PasticheError('video-not-found');
  }
  // An image that is not painted can be seen to be so; of what else was clicked nobody knows what is meant.
  if (type === 'page.restore' && request.target.kind === 'clicked') {
    throw new PasticheError('not-restyled');
  }
}
