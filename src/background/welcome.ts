import browser, { type Runtime } from 'webextension-polyfill';

import { leaveNews } from '../storage/news';

/** The page with first instructions. */
const WELCOME = 'welcome.html';

/** Shows first instructions after installation, and leaves news for the palette after an update. */
export async function welcome({
  reason,
  previousVersion,
}: Runtime.OnInstalledDetailsType): Promise<void> {
  if (reason === 'update') await leaveNews(previousVersion, browser.runtime.getManifest().version);
  if (reason === 'install') await browser.tabs.create({ url: browser.runtime.getURL(WELCOME) });
}
