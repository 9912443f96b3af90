/** Restyles the video of a tab, in whatever frame it is. */
import browser from 'webextension-polyfill';

import { PasticheError } from '../protocol/errors';
import { wakeEngineAhead } from './engine-host';
import { askPage, reachableFrames } from './pages';

const CAMERA_PAGE = 'camera.html';
const CAPTURE_WINDOW = { type: 'popup', width: 1120, height: 640 } as const;

const ICON_SIDES = [16, 32, 48] as const;

/**
 * Restyles the video under the pointer or, failing that, the largest of the first frame that has
 * one; if it is being restyled already, restores it.
 * @returns Whether it is being restyled now.
 * @throws {PasticheError} `video-not-found`, or `page-forbidden`.
 */
export async function toggleVideo(tabId: number): Promise<boolean> {
  // The engine starts while the frames are searched.
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

/** Shows on the extension's button of a tab whether a video is being restyled there. */
export async function showRunning(tabId: number, running: boolean): Promise<void> {
  const icon = running ? 'icon-active' : 'icon';
  const path = Object.fromEntries(ICON_SIDES.map((side) => [side, `/icons/${icon}-${side}.png`]));
  await browser.action.setIcon({ tabId, path });
}

/** Opens a window that paints what a tab shows; outside the tab, so that it can't capture itself. */
export async function openCapture(tabId: number): Promise<void> {
  const url = browser.runtime.getURL(`${CAMERA_PAGE}?tab=${tabId}`);
  await browser.windows.create({ url, ...CAPTURE_WINDOW });
}
