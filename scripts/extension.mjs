/**
 * A Chromium with the extension, used by its action button, context menu and pages as a user would.
 * For tests, `npm start` and the bench.
 */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import puppeteer from 'puppeteer';

import { findBrowser } from './browser.mjs';

/**
 * @typedef {import('../src/protocol/messages').PictureStatus} PictureStatus
 * @typedef {import('../src/protocol/messages').VideoStatus} VideoStatus
 * @typedef {import('../src/protocol/messages').WholePageStatus} WholePageStatus
 *
 * @typedef {object} LaunchOptions
 * @property {string} [build] Folder below `dist`, or an absolute path. Default `chrome`.
 * @property {boolean} [headless] Default true.
 * @property {boolean} [webgpu] With WebGPU on SwiftShader: correct, and very slow.
 * @property {Readonly<Record<string, string>>} [env] Further environment, such as DISPLAY.
 * @property {readonly string[]} [args] Further command-line arguments.
 * @property {boolean} [bare] Without the bars that say how the browser was started.
 * @property {boolean} [network] Whether Puppeteer watches what pages ask for. The browser then keeps up
 *   to 100 MB of it in the page's process. Default true.
 *
 * @typedef {object} MenuClick
 * @property {string} menuItemId
 * @property {string} [srcUrl] Address of the picture under the pointer.
 * @property {string} [linkUrl] Address of the link under the pointer.
 * @property {number} [frameId] Frame that was clicked. Default 0, the page itself.
 * @property {string} [frameUrl]
 */

/** States in which a picture stays. */
const FINAL_STATES = /** @type {const} */ (['done', 'failed', 'restored']);

const DIST = path.join(path.dirname(path.dirname(fileURLToPath(import.meta.url))), 'dist');

/** Without these Chromium asks its maker's hosts for updates, and fails where it can't. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-quic',
  '--disable-sync',
  '--no-default-browser-check',
  '--no-first-run',
  '--lang=en-GB',
];

const SOFTWARE_WEBGPU = [
  '--disable-gpu-watchdog',
  '--enable-features=Vulkan',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--ignore-gpu-blocklist',
  '--use-angle=swiftshader',
  '--use-vulkan=swiftshader',
  '--use-webgpu-adapter=swiftshader',
];

/** Interval at which a page's status is polled, in milliseconds. */
const POLL_INTERVAL = 25;

/** Milliseconds. */
const START_TIMEOUT = 20_000;
const ANSWER_TIMEOUT_MS = 2_000;

export class ExtensionBrowser {
  /** @type {WeakMap<import('puppeteer').Page, number>} */
  #tabIds = new WeakMap();
  /** @type {import('puppeteer').CDPSession | null} With the browser itself. */
  #root = null;
  /** @type {import('puppeteer').CDPSession | null} With the service worker that answered last. */
  #worker = null;
  #workerId = '';

  /**
   * Called with every session with a service worker: any session keeps its worker from being killed.
   * @type {((session: import('puppeteer').CDPSession) => void) | null}
   */
  onServiceWorker = null;

  /**
   * @private
   * @param {import('puppeteer').Browser} browser
   * @param {import('puppeteer').Extension} extension
   */
  constructor(browser, extension) {
    this.browser = browser;
    this.extension = extension;
  }

  /**
   * Starts a browser with an empty profile and the built extension.
   * @param {LaunchOptions} [options]
   * @throws {Error} if no browser is found or the extension does not load.
   */
  static async launch({ build = 'chrome', ...options } = {}) {
    const browser = await launchChromium({ ...options, enableExtensions: true });
    try {
      return new ExtensionBrowser(browser, await install(browser, path.resolve(DIST, build)));
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** @param {string} file Path in the package. */
  urlOf(file) {
    return `chrome-extension://${this.extension.id}/${file}`;
  }

  /**
   * Opens a page in a new tab, in front.
   * @param {string} url
   * @param {import('puppeteer').GoToOptions} [options]
   */
  async openPage(url, options) {
    const page = await this.browser.newPage();
    // A new tab is the active one; later, its address would be hidden from the extension.
    await this.tabId(page);
    await page.goto(url, options);
    return page;
  }

  /**
   * The browser's number for a page's tab.
   * @param {import('puppeteer').Page} page In front, when asked for the first time.
   */
  async tabId(page) {
    const known = this.#tabIds.get(page);
    if (known !== undefined) return known;
    await page.bringToFront();
    const id = await this.inServiceWorker(async () => {
      const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
      return tab?.id;
    });
    if (id === undefined) throw new Error('No tab is active.');
    this.#tabIds.set(page, id);
    return id;
  }

  /**
   * A session with the extension's service worker, once its script has run.
   *
   * Not Puppeteer's own: after a failure to attach to a worker that is being stopped, it never lets
   * a worker of that id start again.
   */
  async #serviceWorker() {
    // A worker can be reached before it has listeners, or even the extension API.
    const hasRun = () => Boolean(globalThis.chrome?.runtime?.onMessage.hasListeners());
    const began = performance.now();
    let isWoken = false;
    for (;;) {
      const session = this.#worker ?? (await this.#attach());
      // A worker that is being stopped may never answer.
      const late = pause(ANSWER_TIMEOUT_MS, false);
      const answer = session && evaluate(session, hasRun).catch(() => false);
      if (session && (await Promise.race([answer, late]))) {
        this.#worker = session;
        return session;
      }
      this.#worker = null;
      if (session) await this.#detach(session);
      const waited = performance.now() - began;
      if (waited > START_TIMEOUT) throw new Error('The service worker did not start.');
      // A user's request would wake it.
      if (waited > START_TIMEOUT / 4 && !isWoken) {
        isWoken = true;
        await this.#wakeServiceWorker();
      }
      await pause(POLL_INTERVAL);
    }
  }

  /** @returns {Promise<import('puppeteer').CDPSession | null>} */
  async #attach() {
    this.#root ??= await this.browser.target().createCDPSession();
    const { targetInfos } = await this.#root.send('Target.getTargets');
    const found = targetInfos
      .filter(({ type, url }) => type === 'service_worker' && url.startsWith(this.urlOf('')))
      // A stopped worker may be listed beside the running one.
      .reverse();
    for (const { targetId } of found) {
      const session = await this.#root
        .send('Target.attachToTarget', { targetId, flatten: true })
        .then(({ sessionId }) => this.#root?.connection()?.session(sessionId))
        .catch(() => null);
      if (session) {
        this.#workerId = targetId;
        session.send('Runtime.runIfWaitingForDebugger').catch(() => undefined);
        this.onServiceWorker?.(session);
        return session;
      }
    }
    return null;
  }

  /** @param {import('puppeteer').CDPSession} session Of a worker that may have ended. */
  async #detach(session) {
    // Only the parent session can detach a session.
    await this.#root
      ?.send('Target.detachFromTarget', { sessionId: session.id() })
      .catch(() => undefined);
  }

  /** Ends the service worker, as the browser does when it has been idle. */
  async killServiceWorker() {
    const session = await this.#serviceWorker();
    this.#worker = null;
    await this.#root?.send('Target.closeTarget', { targetId: this.#workerId });
    // A worker with a session does not stop.
    await this.#detach(session);
  }

  /** Waits until the service worker runs, and wakes it if nothing else does. */
  async serviceWorkerRuns() {
    await this.#serviceWorker();
  }

  async #wakeServiceWorker() {
    const page = await this.browser.newPage();
    await page.goto(this.urlOf('options/options.html'));
    await page
      .evaluate(() => chrome.runtime.sendMessage({ type: 'background.wake-engine' }))
      .catch(() => undefined);
    await page.close();
  }

  /**
   * Runs a function in the service worker.
   * @template {unknown[]} Args
   * @template Result
   * @param {(...args: Args) => Result} action
   * @param {Args} args
   * @returns {Promise<Awaited<Result>>}
   */
  async inServiceWorker(action, ...args) {
    return evaluate(await this.#serviceWorker(), action, ...args);
  }

  /**
   * The offscreen document.
   * @param {number} [timeout] Milliseconds to wait for it.
   */
  async offscreenPage(timeout = 10_000) {
    const target = await this.browser.waitForTarget(
      (candidate) =>
        candidate.type() === 'background_page' && candidate.url().startsWith(this.urlOf('')),
      { timeout },
    );
    return target.asPage();
  }

  /** Whether there is an offscreen document now. */
  hasOffscreenPage() {
    return this.browser.targets().some((target) => target.type() === 'background_page');
  }

  /**
   * Presses the extension's button, which grants it the tab. The popup does not open: it would wake
   * the engine, and the next picture would find it warm.
   * @param {import('puppeteer').Page} page
   */
  async grantActiveTab(page) {
    await page.bringToFront();
    await this.inServiceWorker(() => chrome.action.setPopup({ popup: '' }));
    try {
      await page.triggerExtensionAction(this.extension);
    } finally {
      await this.inServiceWorker(() => {
        const { action } = chrome.runtime.getManifest();
        return chrome.action.setPopup({ popup: action?.default_popup ?? '' });
      });
    }
  }

  /**
   * Presses the extension's button and leaves the popup open over the page.
   * @param {import('puppeteer').Page} page
   */
  async openPopup(page) {
    await page.bringToFront();
    const popup = this.browser.waitForTarget(
      (target) => target.url().startsWith(this.urlOf('popup/')),
      { timeout: 5000 },
    );
    await page.triggerExtensionAction(this.extension);
    return (await popup).asPage();
  }

  /**
   * Clicks an item of the context menu. The real handler runs; only the menu itself isn't drawn,
   * and the tab has to be granted before.
   * @param {import('puppeteer').Page} page
   * @param {MenuClick} click
   */
  async clickMenu(page, click) {
    const tabId = await this.tabId(page);
    await this.inServiceWorker(
      async (info, id, pageUrl) => {
        const tab = await chrome.tabs.get(id);
        const event = /** @type {any} */ (chrome.contextMenus.onClicked);
        event.dispatch({ editable: false, frameId: 0, pageUrl, ...info }, tab);
      },
      { ...click, ...(click.srcUrl === undefined ? {} : { mediaType: 'image' }) },
      tabId,
      page.url(),
    );
  }

  /**
   * Clicks a button that the extension has put on a page, until it has gone.
   * @param {import('puppeteer').Page} page
   * @param {string} label
   * @throws {Error} if the button stays.
   */
  async clickNotice(page, label) {
    const tabId = await this.tabId(page);
    for (const deadline = performance.now() + START_TIMEOUT; performance.now() < deadline;) {
      const place = await this.inServiceWorker(
        async (id, words) => {
          const [result] = await chrome.scripting.executeScript({
            target: { tabId: id },
            args: [words],
            func: (wanted) => {
              for (const element of document.querySelectorAll('*')) {
                if (!(element instanceof HTMLElement)) continue;
                const inner = chrome.dom.openOrClosedShadowRoot(element);
                const buttons = inner ? [...inner.querySelectorAll('button')] : [];
                const found = buttons.find(({ textContent }) => textContent === wanted);
                if (!found) continue;
                const { x, y, width, height } = found.getBoundingClientRect();
                return { x: x + width / 2, y: y + height / 2 };
              }
              return null;
            },
          });
          return result?.result ?? null;
        },
        tabId,
        label,
      );
      if (!place) return;
      // A click counts only once the button has been in plain view for a while.
      await page.mouse.click(place.x, place.y);
    }
    throw new Error(`the button ${label} does nothing`);
  }

  /**
   * Statuses of pictures from the content scripts of all frames; empty before there is one.
   * @param {import('puppeteer').Page} page
   * @returns {Promise<PictureStatus[]>}
   */
  async pageStatus(page) {
    return (await this.#statuses(page)).flatMap(({ pictures }) => pictures);
  }

  /**
   * Statuses of videos from the content scripts of all frames.
   * @param {import('puppeteer').Page} page
   * @returns {Promise<VideoStatus[]>}
   */
  async videoStatus(page) {
    return (await this.#statuses(page)).flatMap(({ videos }) => videos);
  }

  /**
   * Progress of the whole page in all frames that are restyled.
   * @param {import('puppeteer').Page} page
   * @returns {Promise<WholePageStatus[]>}
   */
  async wholePageStatus(page) {
    return (await this.#statuses(page)).flatMap((status) => status.page ?? []);
  }

  /**
   * @param {import('puppeteer').Page} page
   * @returns {Promise<{ pictures: PictureStatus[], videos: VideoStatus[], page: WholePageStatus | null }[]>}
   */
  async #statuses(page) {
    return this.inServiceWorker(
      async (tabId) => {
        const frames = await chrome.scripting
          .executeScript({ target: { tabId, allFrames: true }, func: () => null })
          .catch(() => []);
        const answers = await Promise.all(
          frames.map(({ frameId }) =>
            chrome.tabs.sendMessage(tabId, { type: 'page.status' }, { frameId }).catch(() => null),
          ),
        );
        return answers.filter((answer) => answer !== null);
      },
      await this.tabId(page),
    );
  }

  /**
   * Waits until a picture has reached one of the states.
   * @param {import('puppeteer').Page} page
   * @param {string} source Address of the picture before it was restyled.
   * @param {object} [options]
   * @param {readonly PictureStatus['state'][]} [options.states] Default: the final ones.
   * @param {number} [options.since] Ignores earlier requests; in milliseconds since
   *   the epoch.
   * @param {number} [options.timeout] Milliseconds.
   * @param {number} [options.interval] Polling interval in milliseconds.
   * @returns {Promise<PictureStatus>}
   * @throws {Error} with the page's status, after the timeout.
   */
  async waitForPicture(
    page,
    source,
    { states = FINAL_STATES, since = 0, timeout = 60_000, interval = POLL_INTERVAL } = {},
  ) {
    const deadline = performance.now() + timeout;
    for (;;) {
      const pictures = await this.pageStatus(page);
      const found = pictures.find(
        (picture) =>
          picture.source === source && picture.startedAt >= since && states.includes(picture.state),
      );
      if (found) return found;
      if (performance.now() > deadline) {
        throw new Error(
          `After ${timeout} ms ${source} is not ${states.join(' or ')}; the page says ` +
            JSON.stringify(pictures),
        );
      }
      await pause(interval);
    }
  }

  /** Ends the browser and removes its profile. */
  async close() {
    await this.browser.close();
  }
}

/**
 * Starts a browser with an empty profile, without extensions unless they are enabled.
 * @param {Omit<LaunchOptions, 'build'> & { readonly enableExtensions?: boolean }} [options]
 * @throws {Error} if no browser is found.
 */
export async function launchChromium({
  headless = true,
  webgpu = false,
  env,
  args = [],
  bare = false,
  network = true,
  enableExtensions = false,
} = {}) {
  const isRoot = process.getuid?.() === 0;
  return puppeteer.launch({
    executablePath: await findBrowser(),
    headless,
    // Puppeteer can load extensions only over a pipe.
    pipe: true,
    enableExtensions,
    ...(bare && { ignoreDefaultArgs: ['--enable-automation'] }),
    networkEnabled: network,
    env: { ...process.env, LANGUAGE: 'en', ...env },
    // In a visible window the viewport follows the window's size.
    defaultViewport: headless ? { width: 1280, height: 800 } : null,
    args: [
      ...QUIET,
      // Chromium refuses to run its sandbox as root.
      ...(isRoot ? ['--no-sandbox'] : []),
      ...(bare ? ['--test-type'] : []),
      ...(webgpu ? SOFTWARE_WEBGPU : headless ? ['--disable-gpu'] : []),
      ...args,
    ],
  });
}

/**
 * Runs a function in the target of a session.
 * @template {unknown[]} Args
 * @template Result
 * @param {import('puppeteer').CDPSession} session
 * @param {(...args: Args) => Result} action
 * @param {Args} args JSON values, or undefined.
 * @returns {Promise<Awaited<Result>>}
 * @throws {Error} the function's own, or if the session has ended.
 */
async function evaluate(session, action, ...args) {
  const given = args.map((arg) => (arg === undefined ? 'undefined' : JSON.stringify(arg)));
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `(${action})(${given.join(', ')})`,
    awaitPromise: true,
    returnByValue: true,
  });
  if (exceptionDetails) {
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }
  return result.value;
}

/**
 * @param {import('puppeteer').Browser} browser
 * @param {string} folder
 * @returns {Promise<import('puppeteer').Extension>}
 */
async function install(browser, folder) {
  const id = await browser.installExtension(folder);
  // The browser lists an extension a moment after its installation.
  const deadline = performance.now() + START_TIMEOUT;
  for (;;) {
    const extension = (await browser.extensions()).get(id);
    if (extension) {
      await closeWelcome(browser, id);
      return extension;
    }
    if (performance.now() > deadline) throw new Error(`The extension in ${folder} did not start.`);
    await pause(POLL_INTERVAL);
  }
}

/**
 * Closes the page that opens after the installation, which would cover others.
 * @param {import('puppeteer').Browser} browser
 * @param {string} id The extension's.
 */
async function closeWelcome(browser, id) {
  const target = await browser
    .waitForTarget((candidate) => candidate.url() === `chrome-extension://${id}/welcome.html`, {
      timeout: START_TIMEOUT,
    })
    .catch(() => null);
  await (await target?.page())?.close();
}
