/**
 * `npm run monkey -- --minutes N --seed S [--build FOLDER]`: uses the real extension at random. A step is a
 * few random actions, after which everything is restored. Then the page must have its own HTML, all
 * pending work must have progressed within ten seconds, no error may go uncaught, and memory must stay
 * within bounds. The last lines are the figures; the exit status tells whether all this held.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { ExtensionBrowser } from '../../scripts/extension.mjs';
import { memoryInNeedOf, memoryOf } from '../bench/memory.mjs';
import { startSite } from '../browser/server.mjs';
import { Chance } from './random.mjs';

/** Maximum time without progress of pending work, in milliseconds. */
const MAX_STALL_MS = 10_000;

/** Maximum growth of the browser's memory from start to end, in megabytes. */
const MEMORY_GROWTH = 100;

const PAGES = ['index.html', 'targets.html', 'cross-origin.html', 'video.html', 'feed.html'];

const STYLES = ['starry-night', 'great-wave', 'the-scream', 'udnie', 'the-kiss', 'red-fuji'];

const POLL = 100;

/** Time for a worker to end when it is told to, in milliseconds. */
const ANSWER_TIMEOUT_MS = 2000;

/** Timeout of an action, and of the check after a step, in milliseconds. */
const TIMEOUT_MS = 60_000;

const { values: args } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    build: { type: 'string', default: 'chrome-granted' },
  },
});

/**
 * The combined statuses of the tab's content scripts.
 * @typedef {object} Statuses
 * @property {import('../../scripts/extension.mjs').PictureStatus[]} pictures
 * @property {import('../../scripts/extension.mjs').VideoStatus[]} videos
 * @property {import('../../scripts/extension.mjs').WholePageStatus[]} pages
 */

class Monkey {
  /** What happened, for the report. */
  steps = 0;
  actions = 0;
  /** @type {Record<string, number>} */
  kills = {};
  longestStall = 0;
  longestRestore = 0;
  /** @type {string[]} */
  problems = [];
  isOver = false;
  /** @type {string[]} The actions of the current step. */
  trail = [];

  /**
   * @param {ExtensionBrowser} browser
   * @param {import('../browser/server.mjs').Site} site
   * @param {import('puppeteer').Page} page The page that is driven.
   * @param {import('puppeteer').Page} control A page of the extension, in the background.
   * @param {number} tabId Of the page.
   * @param {Chance} chance
   */
  constructor(browser, site, page, control, tabId, chance) {
    this.browser = browser;
    this.site = site;
    this.page = page;
    this.control = control;
    this.tabId = tabId;
    this.chance = chance;
  }

  /** @type {readonly (readonly [string, number, () => Promise<void>])[]} With their weights. */
  #choices = [
    ['restyle a picture', 10, () => this.#restylePicture()],
    ['restore a picture', 3, () => this.#restorePicture()],
    ['restyle the page', 3, () => this.#restylePage()],
    ['stop the page', 1, () => this.#send({ type: 'background.end-page', how: 'stop' })],
    ['video on or off', 4, () => this.#send({ type: 'background.toggle-video' })],
    ['change the mix', 4, () => this.#changeMix()],
    ['change the page', 4, () => this.#changePage()],
    ['scroll', 2, () => this.#scroll()],
    ['navigate', 2, () => this.#navigate()],
    ['wait', 6, () => pause(this.chance.below(2500))],
    ['kill the worker', 2, () => this.#killWorker()],
    ['kill the service worker', 2, () => this.#killServiceWorker()],
    ['close the offscreen document', 2, () => this.#closeOffscreen()],
  ];

  /** Paints a page once, so that the memory that the work needs is allocated. */
  async warmUp() {
    await this.#restylePage();
    await this.#watch(Infinity);
    await this.#checkRestored();
  }

  /** A few actions, and the checks. */
  async step() {
    this.steps += 1;
    this.trail = [this.page.url().replace(this.site.origin, '')];
    const number = 1 + this.chance.below(6);
    for (let i = 0; i < number; i++) await this.#act();
    // In half of the steps the work may end; in the others everything is restored in the middle.
    const time = this.chance.next() < 0.5 ? Infinity : this.chance.below(1500);
    await this.#watch(time);
    await this.#within(this.#checkRestored(), 'restoring');
  }

  async #act() {
    const total = this.#choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.chance.next() * total;
    const choice = this.#choices.find(([, weight]) => (left -= weight) < 0);
    if (!choice) return;
    const [name, , act] = choice;
    this.actions += 1;
    this.trail.push(name);
    await this.#within(act(), name);
  }

  /**
   * Waits for something that must not take long.
   * @param {Promise<void>} work
   * @param {string} name
   */
  async #within(work, name) {
    const late = pause(TIMEOUT_MS).then(() => Promise.reject(new Error(`no end of: ${name}`)));
    await Promise.race([work, late]);
  }

  /** @param {object} request To the background, as the palette sends it. */
  async #send(request) {
    await this.control.evaluate((message) => chrome.runtime.sendMessage(message), {
      ...request,
      tabId: this.tabId,
    });
  }

  async #restylePicture() {
    const srcUrl = await this.#anyPicture();
    if (!srcUrl) return;
    const menuItemId =
      this.chance.next() < 0.5 ? 'restyle:mix' : `restyle:style:${this.chance.pick(STYLES)}`;
    await this.#click({ menuItemId, srcUrl });
  }

  async #restorePicture() {
    const srcUrl = await this.#anyPicture();
    if (srcUrl) await this.#click({ menuItemId: 'restore', srcUrl });
  }

  /** @param {import('../../scripts/extension.mjs').MenuClick} click */
  async #click(click) {
    // Wakes the service worker, as the menu does before the click.
    await this.#send({ type: 'background.site-wish' });
    await this.browser.clickMenu(this.page, click);
  }

  async #anyPicture() {
    const sources = await this.page.$$eval('img', (images) =>
      images.map((image) => image.currentSrc).filter(Boolean),
    );
    return sources.length > 0 ? this.chance.pick(sources) : null;
  }

  async #restylePage() {
    const mix = { [this.chance.pick(STYLES)]: 1 };
    const manner = { keepColours: this.chance.next() < 0.3, strokeSize: 1 };
    await this.#send({ type: 'background.restyle-page', title: 'A mix', mix, manner });
  }

  async #changeMix() {
    const mix = Object.fromEntries(
      [0, 1].map(() => [this.chance.pick(STYLES), this.chance.next() / 2]),
    );
    const manner = { keepColours: this.chance.next() < 0.3, strokeSize: 1 + this.chance.next() };
    await this.control.evaluate((changes) => chrome.storage.local.set(changes), { mix, manner });
  }

  /** Has the page remove a picture, move it, or replace it by another. */
  async #changePage() {
    await this.page.evaluate(
      (which, how) => {
        const images = [...document.querySelectorAll('img')];
        const image = images[Math.floor(which * images.length)];
        if (!image) return;
        if (how === 0) image.remove();
        else if (how === 1) document.body.prepend(image);
        else if (how === 2) {
          image.removeAttribute('srcset');
          image.src = `/pictures/orchard.jpg?swapped=${which}`;
          /** @type {any} */ (globalThis).monkeyOriginals.set(image, {
            src: image.getAttribute('src'),
            srcset: null,
          });
        } else image.hidden = !image.hidden;
      },
      this.chance.next(),
      this.chance.below(4),
    );
  }

  async #scroll() {
    const to = this.chance.next();
    await this.page.evaluate((y) => scrollTo(0, y * document.documentElement.scrollHeight), to);
  }

  async #navigate() {
    const how = this.chance.below(4);
    if (how === 0) await this.page.reload();
    else if (how === 1) await this.page.goBack();
    // Before the first page there is a blank one.
    if (how > 1 || this.page.url() === 'about:blank') await this.open(this.chance.pick(PAGES));
    await this.remember();
  }

  /** @param {string} name Of a page of the site. */
  async open(name) {
    await this.page.goto(`${this.site.origin}/${name}`);
    await this.page.evaluate(() => {
      for (const video of document.querySelectorAll('video')) void video.play();
    });
    await this.remember();
  }

  /** Records the page's own state of its pictures, unless it is recorded already. */
  async remember() {
    await this.page.evaluate(() => {
      const scope = /** @type {any} */ (globalThis);
      if (scope.monkeyOriginals) return;
      scope.monkeyOriginals = new Map(
        [...document.querySelectorAll('img')].map((image) => [
          image,
          { src: image.getAttribute('src'), srcset: image.getAttribute('srcset') },
        ]),
      );
    });
  }

  async #killWorker() {
    if (!this.browser.hasOffscreenPage()) return;
    const document = await this.browser.offscreenPage(1000).catch(() => null);
    const worker = document?.workers().find((candidate) => candidate.url().includes('engine-'));
    if (!worker) return;
    const killing = worker
      .evaluate(() => close())
      .then(
        () => true,
        () => false,
      );
    // A worker that has just ended never answers.
    if (await Promise.race([killing, pause(ANSWER_TIMEOUT_MS, false)])) this.#count('worker');
  }

  async #killServiceWorker() {
    await this.browser.killServiceWorker();
    this.#count('service worker');
  }

  async #closeOffscreen() {
    const closed = await this.control.evaluate(() =>
      chrome.offscreen.closeDocument().then(
        () => true,
        () => false,
      ),
    );
    if (closed) this.#count('offscreen document');
  }

  /** @param {string} what */
  #count(what) {
    this.kills[what] = (this.kills[what] ?? 0) + 1;
  }

  /** @returns {Promise<Statuses>} */
  async #statuses() {
    return this.control.evaluate(async (tabId) => {
      const frames = await chrome.scripting
        .executeScript({ target: { tabId, allFrames: true }, func: () => null })
        .catch(() => []);
      const answers = await Promise.all(
        frames.map(({ frameId }) =>
          chrome.tabs.sendMessage(tabId, { type: 'page.status' }, { frameId }).catch(() => null),
        ),
      );
      const found = answers.filter((answer) => answer !== null && answer !== undefined);
      return {
        pictures: found.flatMap(({ pictures }) => pictures),
        videos: found.flatMap(({ videos }) => videos),
        pages: found.flatMap(({ page }) => page ?? []),
      };
    }, this.tabId);
  }

  /**
   * Watches for a while, or until only videos are pending; records how long pending work makes no
   * progress.
   * @param {number} time Milliseconds.
   */
  async #watch(time) {
    const began = performance.now();
    let moved = began;
    let before = '';
    for (;;) {
      const { pictures, videos, pages } = await this.#statuses();
      const now = performance.now();
      const waiting = pictures.filter(({ state }) => !/^(done|failed|restored)$/.test(state));
      const playing = videos.filter(({ state }) => /^(starting|playing)$/.test(state));
      const working = pages.filter(({ state }) => state === 'working');
      const isBusy = waiting.length + working.length > 0;
      const isSeen = await this.page.evaluate(() =>
        [...document.querySelectorAll('video')].some((video) => !video.paused),
      );
      const signature = JSON.stringify([
        pictures.map(({ source, state }) => [source, state]),
        videos.map(({ painted, state }) => [painted, state]),
        pages,
      ]);
      if (signature !== before || !(isBusy || (playing.length > 0 && isSeen))) moved = now;
      before = signature;
      const stall = now - moved;
      this.longestStall = Math.max(this.longestStall, stall);
      if (stall > MAX_STALL_MS) {
        this.complain(`nothing moved for ${Math.round(stall)} ms: ${signature}`);
        return;
      }
      const settled = !isBusy && now - began > 1000;
      if (now - began >= time || (time === Infinity && settled)) return;
      await pause(POLL);
    }
  }

  async #checkRestored() {
    const began = performance.now();
    await this.#send({ type: 'background.end-page', how: 'restore' });
    let left = await this.#leftOnPage();
    while (left.length > 0 && performance.now() - began < MAX_STALL_MS) {
      await pause(POLL);
      left = await this.#leftOnPage();
    }
    this.longestRestore = Math.max(this.longestRestore, performance.now() - began);
    if (left.length > 0) this.complain(`not restored: ${left.join('; ')}`);
  }

  /** Anything on the page that is not its own. */
  async #leftOnPage() {
    return this.page.evaluate(() => {
      /** @type {Map<Element, Record<string, string | null>>} */
      const originals = /** @type {any} */ (globalThis).monkeyOriginals ?? new Map();
      const left = [];
      for (const element of document.querySelectorAll('*')) {
        for (const { name, value } of element.attributes) {
          if (value.includes('blob:')) left.push(`${element.localName} ${name}=${value}`);
        }
        for (const [name, value] of Object.entries(originals.get(element) ?? {})) {
          const now = element.getAttribute(name);
          if (now !== value) left.push(`${element.localName} ${name}: ${value} → ${now}`);
        }
      }
      return left;
    });
  }

  /** @param {string} problem */
  complain(problem) {
    const sentence = `step ${this.steps} (${this.trail.join(', ')}): ${problem}`;
    console.error(sentence);
    this.problems.push(sentence);
  }

  /**
   * Listens for uncaught errors of a context of the extension.
   * @param {import('puppeteer').Target} target
   */
  async listen(target) {
    if (!/^(background_page|page|iframe)$/.test(target.type())) return;
    const session = await target.createCDPSession().catch(() => null);
    if (session) this.listenTo(session, target.url());
  }

  /**
   * @param {import('puppeteer').CDPSession} session
   * @param {string} place
   */
  listenTo(session, place) {
    session.on('Runtime.exceptionThrown', ({ exceptionDetails }) => {
      if (this.isOver) return;
      const { exception, text, url } = exceptionDetails;
      this.complain(`uncaught in ${url ?? place}: ${exception?.description ?? text}`);
    });
    session.send('Runtime.enable').catch(() => undefined);
  }
}

/**
 * A browser with the extension and a page that was painted and restored once.
 * @param {import('../browser/server.mjs').Site} site
 */
async function begin(site) {
  const browser = await ExtensionBrowser.launch({ build: args.build });
  const control = await browser.openPage(browser.urlOf('options/options.html'));
  const page = await browser.openPage(`${site.origin}/index.html`);
  const tabId = await browser.tabId(page);
  const monkey = new Monkey(browser, site, page, control, tabId, new Chance(Number(args.seed)));
  browser.onServiceWorker = (session) => monkey.listenTo(session, 'the service worker');
  for (const target of browser.browser.targets()) await monkey.listen(target);
  browser.browser.on('targetcreated', (target) => void monkey.listen(target));
  await monkey.open('index.html');
  await monkey.warmUp();
  return { browser, monkey };
}

/**
 * The memory of such a browser at its start, in megabytes. It has its own browser, since one that was
 * short of memory keeps less from then on.
 * @param {import('../browser/server.mjs').Site} site
 */
async function memoryAtStartOf(site) {
  const { browser, monkey } = await begin(site);
  const memory = await memoryInNeedOf(browser.browser);
  monkey.isOver = true;
  await browser.close();
  return memory;
}

const minutes = Number(args.minutes);
const site = await startSite();
const memoryAtStart = await memoryAtStartOf(site);
const { browser, monkey } = await begin(site);
try {
  let most = 0;
  const end = performance.now() + minutes * 60_000;
  for (let measured = performance.now(); performance.now() < end;) {
    await monkey.step().catch((thrown) => monkey.complain(String(thrown)));
    if (performance.now() - measured > 60_000) {
      most = Math.max(most, await memoryOf(browser.browser));
      measured = performance.now();
    }
  }
  await monkey.open('index.html');
  await monkey.warmUp();
  const memoryAtEnd = await memoryInNeedOf(browser.browser);
  if (memoryAtEnd > memoryAtStart + MEMORY_GROWTH) {
    monkey.problems.push(`memory: ${memoryAtStart} → ${memoryAtEnd} MB`);
  }
  const report = {
    date: new Date().toISOString(),
    seed: Number(args.seed),
    minutes,
    steps: monkey.steps,
    actions: monkey.actions,
    kills: monkey.kills,
    longestStall: Math.round(monkey.longestStall),
    longestRestore: Math.round(monkey.longestRestore),
    memoryAtStart: Math.round(memoryAtStart),
    memoryMostWithCaches: Math.round(most),
    memoryAtEnd: Math.round(memoryAtEnd),
    problems: monkey.problems,
  };
  await mkdir('out', { recursive: true });
  await appendFile('out/monkey.jsonl', `${JSON.stringify(report)}\n`);
  console.log(JSON.stringify(report, null, 2));
  process.exitCode = monkey.problems.length > 0 ? 1 : 0;
  // Requests that are pending when a browser ends fail with an error.
  monkey.isOver = true;
} finally {
  await browser.close();
  await site.close();
}
