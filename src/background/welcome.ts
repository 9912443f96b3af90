import browser, { type Runtime } from 'webextension-polyfill';

import { leaveNews } from '../storage/news';

/** The page that shows what to do. */
const WELCOME = 'welcome.html';

/** Shows what to do once the extension was installed; of an update a line in the palette tells. */
export async function welcome({
  reason,
  previousVersion,
}: Runtime.OnInstalledDetailsType): Promise<void> {
  if (reason === 'update') await leaveNews(previousVersion, browser.runtime.getManifest().version);
  if (reason === 'install') await browser.tabs.create({ url: browser.runtime.getURL(WELCOME) });
}
