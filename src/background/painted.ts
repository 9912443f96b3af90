/**
 * What is painted in the frames that are in sight: the context menu has items for it. Scripts tell when
 * theirs comes into sight, goes, or changes, so that nothing has to be asked when a menu opens; only
 * Firefox would say that.
 */
import browser from 'webextension-polyfill';

import type { PaintedKind } from '../protocol/messages';
import { offerPainted } from './menus';
import type { FrameAddress } from './pages';

const PREFIX = 'painted:';

let offering: Promise<void> = Promise.resolve();

/** Notes what is painted in a frame. */
export async function notePainted(frame: FrameAddress, what: PaintedKind): Promise<void> {
  const key = `${keyOf(frame.tabId)}${frame.frameId}`;
  await inTurn(() =>
    what === 'nothing'
      ? browser.storage.session.remove(key)
      : browser.storage.session.set({ [key]: what }),
  );
}

/** Forgets the frames of a tab that has gone. */
export async function forgetPainted(tabId: number): Promise<void> {
  await inTurn(async () => {
    const all = Object.keys(await browser.storage.session.get(null));
    const gone = all.filter((key) => key.startsWith(keyOf(tabId)));
    await browser.storage.session.remove(gone);
  });
}

/** Has the menu fit what is known. The browser keeps the menu's items when it ends, and not that. */
export async function renewPaintedItems(): Promise<void> {
  await inTurn(() => Promise.resolve());
}

/** One after the other: each looks at what the others have noted. */
async function inTurn(note: () => Promise<void>): Promise<void> {
  offering = offering
    .catch(() => undefined)
    .then(async () => {
      await note();
      await offerPainted(await inSight());
    });
  await offering;
}

async function inSight(): Promise<PaintedKind> {
  const noted = Object.entries(await browser.storage.session.get(null));
  const kinds = noted.filter(([key]) => key.startsWith(PREFIX)).map(([, kind]) => kind);
  if (kinds.includes('canvases')) return 'canvases';
  return kinds.length > 0 ? 'pictures' : 'nothing';
}

function keyOf(tabId: number): string {
  return `${PREFIX}${tabId}:`;
}
