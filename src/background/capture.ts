/** Captures what a tab shows, without the extension's own elements. */
import browser, { type Tabs } from 'webextension-polyfill';

import type { ContentGlobals } from '../protocol/page-globals';
import { PasticheError } from '../protocol/errors';

/** Chrome allows about two captures a second; delay before another attempt, in milliseconds. */
const CAPTURE_INTERVAL_MS = 600;

/**
 * The visible part of a tab, as a PNG data URL. The extension's elements are hidden meanwhile, in all
 * of its frames.
 * @throws {PasticheError} `pixels-blocked` if the tab is not in front, the browser doesn't let it be
 *   captured, or the extension's elements could not be hidden.
 */
export async function captureTab(tab: Tabs.Tab | undefined): Promise<string> {
  if (!tab?.active || tab.id === undefined || tab.windowId === undefined) {
    throw new PasticheError('pixels-blocked', 'the tab is not in front');
  }
  const { id, windowId } = tab;
  const holder = crypto.randomUUID();
  const capture = (): Promise<string> =>
    browser.tabs.captureVisibleTab(windowId, { format: 'png' });
  try {
    const isClear = await inAllFrames(id, clearScreen, holder);
    if (!isClear) throw new PasticheError('pixels-blocked', 'something of ours is in the way');
    const again = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, CAPTURE_INTERVAL_MS));
      return capture();
    };
    const screen = await capture().catch(again).catch(again);
    // The user may have switched to another tab meanwhile, which must not be seen by this one.
    if (!(await browser.tabs.get(id)).active) {
      throw new PasticheError('pixels-blocked', 'the tab is no longer in front');
    }
    return screen;
  } catch (thrown) {
    throw PasticheError.from(thrown, 'pixels-blocked');
  } finally {
    // The page may be gone, and the hidden elements with it.
    await inAllFrames(id, showAgain, holder).catch(() => undefined);
  }
}

/** Whether a function returns true in all frames of a tab that the extension may act in. */
async function inAllFrames(
  tabId: number,
  func: (holder: string) => Promise<boolean> | boolean,
  holder: string,
): Promise<boolean> {
  const target = { tabId, allFrames: true };
  const results = await browser.scripting.executeScript({ target, func, args: [holder] });
  // A frame that has gone meanwhile, such as the bridge's, has no answer, and shows nothing.
  return results.every(({ result }) => result !== false);
}

// Both run in the content scripts' world, and must not refer to anything in this module.

async function clearScreen(holder: string): Promise<boolean> {
  try {
    return (await (globalThis as ContentGlobals).pasticheContent?.clearScreen(holder)) ?? true;
  } catch {
    return false;
  }
}

function showAgain(holder: string): boolean {
  (globalThis as ContentGlobals).pasticheContent?.showAgain(holder);
  return true;
}
