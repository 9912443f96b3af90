import { describe, expect } from 'vitest';

import { browser, openPage, page, withBrowser } from './fixtures';

const it = withBrowser();

async function open(file: string): Promise<void> {
  await openPage(browser.urlOf(file));
}

function storedMix(): Promise<unknown> {
  return browser.inServiceWorker(async () => (await chrome.storage.local.get('mix'))['mix']);
}

describe('the palette', () => {
  it('has a slider for every named style, and keeps what the keyboard sets', async () => {
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: {} }));
    await open('popup/popup.html');
    await page.waitForSelector('.style input[type=range]');
    const sliders = await page.$$('.style input[type=range]');
    expect(sliders.length).toBe(20);
    await sliders[0]!.focus();
    await page.keyboard.press('End');
    await page.waitForFunction(
      async () => Object.keys((await chrome.storage.local.get('mix'))['mix'] ?? {}).length === 1,
    );
    expect(Object.values((await storedMix()) as Record<string, number>)).toEqual([1]);
    const spoken = await sliders[0]!.evaluate((slider) => slider.getAttribute('aria-valuetext'));
    expect(spoken).toMatch(/100/);
  });

  it('shows what another window changes', async () => {
    await open('popup/popup.html');
    await page.waitForSelector('.style input[type=range]');
    await browser.inServiceWorker(() => chrome.storage.local.set({ mix: { udnie: 0.25 } }));
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLInputElement>('.style input[type=range]')].some(
        (slider) => slider.getAttribute('aria-valuetext')?.includes('25') ?? false,
      ),
    );
  });

  it('says what went wrong on the tab it was opened over', async () => {
    await open('popup/popup.html');
    // By now it has taken the last notice: this one is for the palette's next opening.
    await page.waitForSelector('.style');
    const tabId = await browser.tabId(page);
    const notice = { code: 'page-forbidden', detail: '' };
    await browser.inServiceWorker(
      (id, error) => chrome.storage.session.set({ [`notice:${id}`]: error }),
      tabId,
      notice,
    );
    await page.reload();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('[role=alert]')].some((e) => e.textContent.length > 20),
    );
  });
});

describe('the page that asks for access', () => {
  it('names the sites as text and asks for nothing by itself', async () => {
    const query = new URLSearchParams([
      ['origins', 'https://pictures.example/*'],
      ['reason', 'cross-origin-image'],
    ]);
    await open(`grant.html?${query.toString()}`);
    await page.waitForSelector('button');
    expect(await page.$eval('body', (body) => body.textContent)).toContain('pictures.example');
  });

  it('does not ask for what is no site', async () => {
    await open('grant.html?origins=<all_urls>&reason=cross-origin-image');
    await page.waitForFunction(() => document.body.textContent.trim().length > 0);
    expect(await page.$eval('body', (body) => body.textContent)).not.toContain('all_urls');
  });
});

describe('the options', () => {
  it('keep the largest picture size', async () => {
    await open('options/options.html');
    const control = await page.waitForSelector('select, input[type=range]');
    expect(control).not.toBeNull();
    expect(await page.$$eval('h1, h2', (headings) => headings.length)).toBeGreaterThan(3);
  });
});
