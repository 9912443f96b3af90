/**
 * From the click to the pastiche of a 512 × 512 image: without an offscreen document (cold), the next
 * one (second), with everything running (warm), in a browser that has just installed the extension
 * (installed), of a picture of another site that the page can't read (sealed), and the network's share
 * of it.
 */
import { setTimeout as pause } from 'node:timers/promises';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { startSite } from '../browser/server.mjs';

/** Two styles in turn, so that no restyle finds its own result. */
const STYLES = ['starry-night', 'the-scream'];

/** Milliseconds for the engine to try out backends after its first picture. */
const SETTLING = 15_000;

/** @type {import('./bench.mjs').Part} */
export const restyle = {
  title: 'Click to pastiche, 512 × 512',
  rounds: 9,
  cases: ['cold', 'second', 'warm', 'installed', 'warm, sealed'],
  ratios: { 'warm: all / network': ['warm: click to pastiche', 'warm: network'] },

  async start() {
    const site = await startSite();
    const browser = await ExtensionBrowser.launch();
    const page = await browser.openPage(`${site.origin}/empty.html`);
    const picture = '/made/squares.png?width=512&height=512';

    /** @param {Opened} opened */
    const show = async ({ browser: itsBrowser, page: itsPage, origin = site.origin }) => {
      await itsPage.goto(`${site.origin}/empty.html`);
      await itsPage.setContent(`<img id="photo" src="${origin}${picture}">`, { waitUntil: 'load' });
      await itsBrowser.grantActiveTab(itsPage);
    };
    const open = () => show({ browser, page });
    let turn = 0;
    /** @param {Opened} opened */
    const clickIn = async ({ browser, page, origin = site.origin }) => {
      turn += 1;
      const since = Date.now();
      const menuItemId = `restyle:style:${STYLES[turn % STYLES.length]}`;
      const url = origin + picture;
      await browser.clickMenu(page, { menuItemId, srcUrl: url });
      const status = await browser.waitForPicture(page, url, {
        states: ['done', 'failed'],
        since,
        // Polls take time of the page, and would be measured along with its work.
        interval: 1000,
      });
      if (status.state === 'failed') throw new Error(JSON.stringify(status.error));
      return figuresOf(status, since);
    };
    const click = () => clickIn({ browser, page });
    const runInstalled = async () => {
      const fresh = await ExtensionBrowser.launch();
      try {
        const opened = { browser: fresh, page: await fresh.openPage(`${site.origin}/empty.html`) };
        await show(opened);
        return await clickIn(opened);
      } finally {
        await fresh.close();
      }
    };
    /** @type {Promise<Opened> | undefined} */
    let granted;
    const openGranted = async () => {
      const other = await ExtensionBrowser.launch({ build: 'chrome-granted' });
      const itsPage = await other.openPage(`${site.origin}/empty.html`);
      const opened = { browser: other, page: itsPage, origin: site.otherOrigin };
      await show(opened);
      await clickIn(opened);
      await pause(SETTLING);
      return opened;
    };
    await open();
    await click();
    await pause(SETTLING);

    return {
      version: await browser.browser.version(),
      async run(name) {
        if (name === 'installed') return runInstalled();
        if (name === 'warm, sealed') return clickIn(await (granted ??= openGranted()));
        if (name === 'cold') {
          await browser.inServiceWorker(() => chrome.offscreen.closeDocument());
          await open();
        }
        return click();
      },
      async stop() {
        await browser.close();
        await (await granted)?.browser.close();
        await site.close();
      },
    };
  },
};

/**
 * @typedef {object} Opened
 * @property {ExtensionBrowser} browser
 * @property {import('puppeteer').Page} page
 * @property {string} [origin] Where the picture comes from. Default: the page's own site.
 */

/**
 * @param {import('../../scripts/extension.mjs').PictureStatus} picture
 * @param {number} clicked Milliseconds since the epoch.
 * @returns {Readonly<Record<string, number>>}
 */
function figuresOf({ startedAt, timings }, clicked) {
  const before = startedAt - clicked;
  const network = Object.entries(timings)
    .filter(([name]) => name.endsWith(':engine:run'))
    .reduce((sum, [, milliseconds]) => sum + milliseconds, 0);
  const all = before + Number(timings['pastiche']);
  const at = (/** @type {string} */ moment) => Number(timings[moment] ?? 0);
  // So small a picture is painted once, as a preview.
  const engine = ['queue', 'pre', 'run', 'post'].map((part) => at(`preview:engine:${part}`));
  const asked = at('preview:answered') - at('preview:grabbed');
  return {
    'click to pastiche': all,
    network,
    'all but the network': all - network,
    'click to first version': before + Number(timings['preview']),
    'click to handed over': before + Number(timings['done']),
    'click to page': before,
    'reading and grabbing': at('preview:grabbed'),
    'waiting in the engine': Number(engine[0]),
    'pixels to tensor': Number(engine[1]),
    'tensor to pixels': Number(engine[3]),
    transport: asked - engine.reduce((sum, part) => sum + part, 0),
    drawing: at('pastiche') - at('preview:answered'),
  };
}
