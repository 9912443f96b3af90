/**
 * A real Firefox with the extension, on a display of its own: a real mouse clicks the menus, since
 * Firefox lets nothing else open them. Requests to the extension are made from its options page, in a
 * tab in the background.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import puppeteer, { type Browser, type Page } from 'puppeteer';

import { findFirefox } from '../../scripts/browser.mjs';
import type { PictureStatus, VideoStatus } from '../../scripts/extension.mjs';
import { PREFERENCES, UUID } from './firefox-ids.mjs';
import { VirtualDisplay } from './virtual-display.mjs';

/** Keys from an opened menu to an item of the extension, whose items are the last of Firefox's menu. */
export const MENU_KEYS = {
  currentMix: ['Up', 'Right', 'Return'],
  restore: ['Up', 'Right', 'Up', 'Return'],
  pick: ['Up', 'Return'],
} as const;

export interface FirefoxOptions {
  /** Folder below `dist`. Default `firefox`. */
  readonly build?: string;
  /** Settings of Firefox (`about:config`). */
  readonly preferences?: Readonly<Record<string, string | number | boolean>>;
}

/** The reason why there is no Firefox to test with; null if there is one. */
export async function reasonAgainstFirefox(): Promise<string | null> {
  if (process.platform !== 'linux') return 'its menus are driven through Xvfb, which is for Linux';
  return findFirefox().then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown)),
  );
}

export class ExtensionFirefox {
  private constructor(
    private readonly browser: Browser,
    private readonly display: VirtualDisplay,
    /** The options page, from which all requests are made. */
    private readonly control: Page,
  ) {}

  static async launch({
    build = 'firefox',
    preferences = {},
  }: FirefoxOptions = {}): Promise<ExtensionFirefox> {
    const display = await VirtualDisplay.start();
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: await findFirefox(),
      headless: false,
      defaultViewport: null,
      env: { ...process.env, DISPLAY: display.name, LANGUAGE: 'en' },
      // Without the flag Puppeteer may not look into the extension's pages.
      args: ['--width=1280', '--height=900', '--remote-allow-system-access'],
      extraPrefsFirefox: {
        ...PREFERENCES,
        ...preferences,
      },
    });
    try {
      await browser.installExtension(path.resolve('dist', build));
      return new ExtensionFirefox(browser, display, await openControl(browser));
    } catch (error) {
      await browser.close();
      await display.close();
      throw error;
    }
  }

  /** Opens a page in a new tab, in front. */
  async openPage(url: string): Promise<Page> {
    const page = await this.browser.newPage();
    await page.goto(url);
    await page.bringToFront();
    return page;
  }

  /** Right-clicks the centre of an element and moves to an item of the menu. */
  async clickMenu(page: Page, selector: string, item: keyof typeof MENU_KEYS): Promise<void> {
    await this.display.rightClick(page, selector);
    await this.display.press(...MENU_KEYS[item]);
  }

  /** Presses keys on the display. */
  async press(...keys: string[]): Promise<void> {
    await this.display.press(...keys);
  }

  /** Runs a function in a page of the extension, in the background. */
  async inExtension<Args extends unknown[], Result>(
    action: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    // Puppeteer also accepts handles as arguments, which confuses its types.
    const evaluate = this.control.evaluate.bind(this.control) as (
      ...call: [(...args: Args) => Result, ...Args]
    ) => Promise<Awaited<Result>>;
    return evaluate(action, ...args);
  }

  /** The page at this path of the extension, in whatever window. */
  async waitForPage(path: string): Promise<Page> {
    for (const deadline = performance.now() + 20_000; performance.now() < deadline;) {
      for (const page of await this.browser.pages()) {
        // Puppeteer reports pages of an extension as blank ones.
        const found = await page.evaluate(() => location.pathname).catch(() => '');
        if (found === path) return page;
      }
      await pause(100);
    }
    throw new Error(`no page was opened at ${path}`);
  }

  /** The browser's id of the tab that was last in front, other than our own. */
  async activeTab(): Promise<number> {
    return this.inExtension(async () => {
      const own = await chrome.tabs.getCurrent();
      const others = (await chrome.tabs.query({})).filter(({ id }) => id !== own?.id);
      // Every page may have a window of its own here.
      others.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
      return others[0]?.id ?? -1;
    });
  }

  /** Status of the restyled video of a tab; null if there is none. */
  async video(tabId: number): Promise<VideoStatus | null> {
    return this.inExtension(async (id) => {
      const status = await chrome.tabs.sendMessage<object, { videos: VideoStatus[] } | undefined>(
        id,
        { type: 'page.status' },
      );
      return status?.videos[0] ?? null;
    }, tabId);
  }

  /** Restyles the video of the page in front, as the palette's button does; returns its tab. */
  async restyleVideo(page: Page): Promise<number> {
    // The click lets the extension act on this page.
    await this.clickMenu(page, 'h1', 'pick');
    const tabId = await this.activeTab();
    await this.press('Escape');
    await this.inExtension(
      (id) => chrome.runtime.sendMessage({ type: 'background.toggle-video', tabId: id }),
      tabId,
    );
    return tabId;
  }

  /** Whether the background page is running. */
  async hasBackground(): Promise<boolean> {
    return this.inExtension(() =>
      chrome.extension.getViews().some(({ location }) => location.pathname.includes('background')),
    );
  }

  /** Statuses of pictures from the content scripts of all tabs. */
  async pictures(): Promise<PictureStatus[]> {
    return this.inExtension(async () => {
      const tabs = await chrome.tabs.query({});
      const answers = await Promise.all(
        tabs.map(({ id }) =>
          chrome.tabs
            .sendMessage<object, { pictures?: PictureStatus[] }>(id ?? -1, { type: 'page.status' })
            .catch(() => null),
        ),
      );
      return answers.flatMap((answer) => answer?.pictures ?? []);
    });
  }

  /**
   * Waits until a picture has reached one of the states.
   * @throws {Error} with its status, after the timeout.
   */
  async waitForPicture(
    source: string,
    states: readonly PictureStatus['state'][] = ['done', 'failed'],
    { timeout = 60_000, since = 0 } = {},
  ): Promise<PictureStatus> {
    const deadline = performance.now() + timeout;
    for (;;) {
      const pictures = await this.pictures();
      const found = pictures.find(
        (picture) =>
          picture.source === source && picture.startedAt >= since && states.includes(picture.state),
      );
      if (found) return found;
      if (performance.now() > deadline) {
        throw new Error(`${source} is not ${states.join(' or ')}: ${JSON.stringify(pictures)}`);
      }
      await pause(100);
    }
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.display.close();
  }
}

/** Firefox's version, as it prints it. */
export async function firefoxVersion(): Promise<string> {
  return execFileSync(await findFirefox(), ['--version'], { encoding: 'utf8' }).trim();
}

async function openControl(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  // Puppeteer gets no event when a page of an extension has loaded.
  await page
    .goto(`moz-extension://${UUID}/options/options.html`, { timeout: 2000 })
    .catch(() => undefined);
  await page.waitForFunction(() => typeof globalThis.chrome?.tabs?.query === 'function', {
    polling: 100,
    timeout: 20_000,
  });
  return page;
}
