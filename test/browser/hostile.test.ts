/** Attacks by a page, which docs/security.md lists, and requests that leave the machine. */
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect } from 'vitest';

import { eventually } from './faults';
import { browser, it, open, openPage, page, site, useBrowser } from './fixtures';
import { closeSharedBrowser, restyle, sourceOf } from './harness';

const PHOTO = '/pictures/harbour.jpg';

/** Everything that hostile.js can read at present. */
async function readable(): Promise<string[]> {
  return page.evaluate(() => {
    const { hostile } = globalThis as unknown as {
      hostile: { readEverything(): Promise<string[]> };
    };
    return hostile.readEverything();
  });
}

afterAll(closeSharedBrowser);

describe.each(['chrome', 'chrome-granted'])('a page that wants pixels (%s)', (build) => {
  beforeAll(() => useBrowser({ build, small: true }));

  it.each(['#victim', '#background-victim'])(
    'reads nothing more after a restyle: %s',
    async (id) => {
      await openPage('/hostile.html');
      await browser.grantActiveTab(page);
      const before = await readable();
      const status = await restyle(browser, page, id);
      const mode = build === 'chrome' ? 'layer' : 'in-place';
      expect(status).toMatchObject({ state: 'done', mode });
      const after = await readable();
      expect(after.filter((line) => !before.includes(line))).toEqual([]);
    },
  );
});

describe('a page that wants in', () => {
  beforeAll(() => useBrowser({ small: true }));

  it('can embed or fetch no page of the extension, nor call it', async () => {
    await open(`<img id="x" src="${PHOTO}" width="300">`);
    const files = ['bridge.html', 'grant.html', 'offscreen.html', 'options/options.html'];
    const addresses = [...files, 'popup/popup.html', 'models/styles.json', 'content.js'].map(
      (file) => browser.urlOf(file),
    );
    const reached = await page.evaluate(async (urls) => {
      const found: string[] = [];
      for (const url of urls) {
        await fetch(url).then(
          () => found.push(`fetched ${url}`),
          () => undefined,
        );
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(frame);
      }
      const api = (globalThis as { chrome?: { runtime?: unknown } }).chrome?.runtime;
      if (api !== undefined) found.push('chrome.runtime');
      return found;
    }, addresses);
    expect(reached).toEqual([]);
    await pause(1000);
    for (const frame of page.frames().slice(1)) {
      expect(frame.url()).toMatch(/^(chrome-error:|about:blank|$)/);
    }
  });

  it('embeds the bridge frame itself, and replays a token: its port is not taken', async () => {
    await open(`<img id="x" src="${PHOTO}" width="600"><img id="y" src="${PHOTO}?y" width="300">`);
    await restyle(browser, page, '#x');
    // It is of this session only, and in a closed root; suppose that a page finds it nevertheless.
    const address = await browser.inServiceWorker(
      async (tabId) => {
        const func = (): string => chrome.runtime.getURL('bridge.html');
        const [found] = await chrome.scripting.executeScript({ target: { tabId }, func });
        return found?.result ?? '';
      },
      await browser.tabId(page),
    );
    const used = await browser.inServiceWorker(async () => {
      const token = crypto.randomUUID();
      // One that was given to another tab, and one that is used up, are no better than none.
      await chrome.storage.session.set({
        [`bridge:${token}`]: { tabId: -1, expires: Date.now() + 10_000 },
      });
      return token;
    });
    const answers = await page.evaluate(
      async (url, tokens) => {
        const frame = document.createElement('iframe');
        frame.src = url;
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.append(frame);
        await loaded;
        let heard = 0;
        for (const token of tokens) {
          for (let i = 0; i < 20; i++) {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => (heard += 1);
            frame.contentWindow?.postMessage({ type: 'bridge', token }, '*', [port2]);
            port1.postMessage({ type: 'engine.status' });
          }
        }
        await new Promise((resolve) => setTimeout(resolve, 1500));
        return heard;
      },
      address,
      [used, crypto.randomUUID(), '', '__proto__'],
    );
    expect(answers).toBe(0);
    expect(await restyle(browser, page, '#y')).toMatchObject({ state: 'done', error: null });
  });

  it('floods every frame with forged messages: the picture is painted, no port is answered', async () => {
    await open(`<img id="x" src="${PHOTO}" width="600">`);
    await page.evaluate(() => {
      const state = { answers: 0, sent: 0 };
      Object.assign(globalThis, { flood: state });
      setInterval(() => {
        for (let i = 0; i < 200; i++) {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => (state.answers += 1);
          const targets: Window[] = [];
          for (let frame = 0; frame < frames.length; frame++) targets.push(frames[frame]!);
          const message = { type: 'bridge', token: crypto.randomUUID() };
          for (const target of targets) target.postMessage(message, '*', [port2]);
          postMessage(
            { type: 'page.restyle', target: { kind: 'pointed' }, mix: { udnie: 1 } },
            '*',
          );
          postMessage({ type: 'engine.port', token: 'x' }, '*');
          state.sent += 1;
        }
      }, 5);
    });
    const status = await restyle(browser, page, '#x');
    expect(status).toMatchObject({ state: 'done', error: null });
    const { answers, sent } = await page.evaluate(
      () => (globalThis as unknown as { flood: { answers: number; sent: number } }).flood,
    );
    expect(answers).toBe(0);
    expect(sent).toBeGreaterThan(1000);
  });

  it('covers or fades the button of a notice: a real click on it does nothing', async () => {
    const opened = (): Promise<number> =>
      browser.browser.pages().then((all) => all.filter((one) => /grant/.test(one.url())).length);
    await open(`<img id="x" src="${site.otherOrigin}${PHOTO}" width="300">`);
    await restyle(browser, page, '#x');
    // The notice is the last thing that was put on the page; its button has the focus next.
    await page.addStyleTag({ content: 'html { opacity: 0.01 !important; }' });
    await pause(600);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await pause(1000);
    expect(await opened()).toBe(0);
    await page.$eval('style', (style) => style.remove());
    await pause(600);
    await page.keyboard.press('Enter');
    await eventually(async () => (await opened()) === 1);
    for (const one of await browser.browser.pages()) {
      if (/grant/.test(one.url())) await one.close();
    }
  });

  it('throws events at what it can reach: nothing of ours acts', async () => {
    await open(`<img id="x" src="${site.otherOrigin}${PHOTO}" width="300">`);
    await restyle(browser, page, '#x');
    await page.evaluate(() => {
      for (const element of document.querySelectorAll('*')) {
        for (const type of ['pointerdown', 'mousedown', 'mouseup', 'click', 'keydown']) {
          element.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true }));
        }
      }
    });
    await pause(1000);
    const pages = await browser.browser.pages();
    expect(pages.filter((one) => /grant/.test(one.url()))).toEqual([]);
  });
});

it('installing asks for no site, and for nothing that the browser warns of', async () => {
  await useBrowser({ small: true });
  const { warnings, sites } = await browser.inServiceWorker(async () => ({
    warnings: await chrome.management.getPermissionWarningsByManifest(
      JSON.stringify(chrome.runtime.getManifest()),
    ),
    sites: (await chrome.permissions.getAll()).origins,
  }));
  expect(warnings).toEqual([]);
  expect(sites).toEqual([]);
});

describe('tokens of the straight port', () => {
  beforeAll(() => useBrowser({ small: true }));

  /** Sends a port with a token to the service worker, and tells whether the engine greets. */
  const greets = (token: string, tabOffset: number): Promise<boolean> =>
    page.evaluate(
      async (value, offset) => {
        const tab = await chrome.tabs.getCurrent();
        const lifeline = chrome.runtime.connect({ name: `lifeline:${value}` });
        const { port1, port2 } = new MessageChannel();
        const answered = new Promise<boolean>((resolve) => {
          port1.onmessage = () => resolve(true);
          setTimeout(() => resolve(false), 1500);
        });
        const { active } = await navigator.serviceWorker.ready;
        const message = { type: 'bridge', token: value, tabId: (tab?.id ?? -1) + offset };
        active?.postMessage(message, [port2]);
        const result = await answered;
        lifeline.disconnect();
        return result;
      },
      token,
      tabOffset,
    );

  const newToken = (): Promise<string> =>
    page.evaluate(async () => {
      const reply: { value: string } = await chrome.runtime.sendMessage({
        type: 'background.bridge',
      });
      return reply.value;
    });

  it('are good once, for their own tab, and soon', async () => {
    await openPage(browser.urlOf('grant.html'));
    const token = await newToken();
    expect(await greets(token, 0)).toBe(true);
    expect(await greets(token, 0)).toBe(false);
    const ofAnotherTab = await newToken();
    expect(await greets(ofAnotherTab, 1)).toBe(false);
    // The wrong use has invalidated it.
    expect(await greets(ofAnotherTab, 0)).toBe(false);
    expect(await greets(crypto.randomUUID(), 0)).toBe(false);
    const old = await newToken();
    await browser.inServiceWorker(async (value) => {
      const key = `bridge:${value}`;
      const stored = (await chrome.storage.session.get(key))[key] as object;
      await chrome.storage.session.set({ [key]: { ...stored, expires: Date.now() - 1 } });
    }, old);
    expect(await greets(old, 0)).toBe(false);
  });

  it('nothing but pictures is fetched for a page, and only where that was granted', async () => {
    await openPage(browser.urlOf('grant.html'));
    const ask = (url: string): Promise<unknown> =>
      page.evaluate(async (address) => {
        const reply: unknown = await chrome.runtime.sendMessage({
          type: 'background.fetch-image',
          url: address,
        });
        return reply;
      }, url);
    expect(await ask(`${site.origin}${PHOTO}`)).toEqual({ ok: true, value: null });
    expect(await ask('file:///etc/passwd')).toMatchObject({ error: { code: 'fetch-failed' } });
    await page.close();
    await useBrowser({ build: 'chrome-granted', small: true });
    await openPage(browser.urlOf('grant.html'));
    expect(await ask(`${site.origin}${PHOTO}`)).toMatchObject({ ok: true });
    expect(await ask(`${site.origin}/empty.html`)).toMatchObject({
      error: { code: 'fetch-failed' },
    });
  });
});

/** An event of Chrome's network log. */
interface LoggedEvent {
  readonly params?: { readonly url?: string; readonly initiator?: string };
}

describe('the network', () => {
  it('carries nothing but the page and its pictures', async () => {
    const log = path.join(os.tmpdir(), `pastiche-netlog-${process.pid}.json`);
    await useBrowser({ build: 'chrome-granted', args: [`--log-net-log=${log}`] });
    await openPage();
    const asked = site.requests.length;
    await page.setContent(
      `<img id="x" src="${PHOTO}" width="300"><img id="y" src="${site.otherOrigin}${PHOTO}?y">`,
      { waitUntil: 'load' },
    );
    await restyle(browser, page, '#x');
    await restyle(browser, page, '#y');
    await browser.clickMenu(page, { menuItemId: 'restore', srcUrl: await sourceOf(page, '#x') });
    for (const file of ['popup/popup.html', 'options/options.html', 'grant.html']) {
      await (await browser.openPage(browser.urlOf(file))).close();
    }
    await closeSharedBrowser();
    const { pathname } = new URL(site.origin + PHOTO);
    const requests = site.requests
      .slice(asked)
      .map((address) => new URL(address).pathname)
      // Chrome requests it from every site by itself.
      .filter((address) => address !== '/favicon.ico');
    expect(new Set(requests)).toEqual(new Set([pathname]));
    const { events } = JSON.parse(await readFile(log, 'utf8')) as { events: LoggedEvent[] };
    await rm(log);
    const hosts = events
      // Requests of the browser itself have no page or extension as their initiator.
      .filter(({ params }) => params?.initiator && params.initiator !== 'not an origin')
      .flatMap(({ params }) => (params?.url ? [new URL(params.url)] : []))
      .filter(({ protocol }) => protocol !== 'chrome-extension:' && protocol !== 'blob:')
      .map(({ hostname }) => hostname);
    expect([...new Set(hosts)].sort()).toEqual(['127.0.0.1', 'localhost']);
  });
});
