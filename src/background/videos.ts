/** Restyling the video of a tab, wherever on the page it is. */
import browser from 'webextension-polyfill';

import { PasticheError } from '../protocol/errors';
import { wakeEngineAhead } from './engine-host';
import { askPage, reachableFrames } from './pages';

const CAMERA_PAGE = 'camera.html';
const CAPTURE_WINDOW = { type: 'popup', width: 1120, height: 640 } as const;

const ICON_SIDES = [16, 32, 48] as const;

/**
 * Restyles the video that is pointed at or, failing that, the largest of the first frame that has
 * one; where it runs already, brings the original back.
 * @returns Whether it runs now.
 * @throws {PasticheError} `video-not-found`, or `page-forbidden`.
 */
export async function toggleVideo(tabId: number): Promise<boolean> {
  // The engine starts while the frames are looked through.
  wakeEngineAhead();
  const request = {
    type: 'page.video',
    target: { kind: 'pointed' },
    action: 'toggle',
  } as const;
  for (const frame of await reachableFrames(tabId)) {
    const reply = await askPage(frame, request);
    if (reply !== null && 'found' in reply && reply.found) return reply.isRunning ?? false;
  }
  throw new PasticheError('video-not-found');
}

/** Shows on the extension's button of a tab whether something runs there. */
export async function showRunning(tabId: number, running: boolean): Promise<void> {
  const icon = running ? 'icon-active' : 'icon';
  const path = Object.fromEntries(ICON_SIDES.map((side) => [side, `/icons/${icon}-${side}.png`]));
  await browser.action.setIcon({ tabId, path });
}

/** Opens a window that paints what a tab shows; it is not in the tab, so it can't capture itself. */
export async function openCapture(tabId: number): Promise<void> {
  const url = browser.runtime.getURL(`${CAMERA_PAGE}?tab=${tabId}`);
  await browser.windows.create({ url, ...CAPTURE_WINDOW });
}
