/** Asking a page for something, and doing what its answer wants. */
import { PasticheError } from '../protocol/errors';
import type { PageRequest } from '../protocol/messages';
import { openEditor } from './editor';
import { askPage, type FrameAddress } from './pages';
import { useAsStyle } from './use-style';

/**
 * Asks a frame for something that a person wants, and goes on with the answer: a picture is edited
 * or kept, one that the page has not found is asked for.
 * @param request May still be in the making while the script is injected.
 * @throws {PasticheError} `page-forbidden` if the extension may not act there; `not-restyled` or
 *   `video-not-found` where there is nothing of the kind.
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

/** Goes on where a page has not found what was meant. */
async function goOnWithout(frame: FrameAddress, request: PageRequest): Promise<void> {
  const { type } = request;
  // Backgrounds, and images under a transparent layer, have no address in the menu: ask.
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
