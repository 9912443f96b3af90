import browser, { type Runtime } from 'webextension-polyfill';

/** The page that shows what to do. */
const WELCOME = 'welcome.html';

/** Shows what to do once the extension was installed; an update needs no such page. */
export async function welcome({ reason }: Runtime.OnInstalledDetailsType): Promise<void> {
  if (reason !== 'install') return;
  await browser.tabs.create({ url: browser.runtime.getURL(WELCOME) });
}
