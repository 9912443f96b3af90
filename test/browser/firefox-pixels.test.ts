/** The right pixels, where Firefox differs. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect } from 'vitest';

import { eventually } from './faults';
import { ExtensionFirefox, reasonAgainstFirefox } from './firefox';
import { it, opened, page, site } from './fixtures';
import { closeSharedBrowser, pixelsOf } from './harness';

const PHOTO = '/pictures/harbour.jpg';

const reason = await reasonAgainstFirefox();

describe.skipIf(reason !== null)('in Firefox', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pastiche-'));
  let firefox: ExtensionFirefox;

  beforeAll(async () => {
    await closeSharedBrowser();
    firefox = await ExtensionFirefox.launch({
      build: 'firefox-granted',
      preferences: {
        'browser.download.dir': folder,
        'browser.download.folderList': 2,
        // The download panel is a window too, and closes when a menu opens.
        'browser.download.alwaysOpenPanel': false,
      },
    });
  });

  afterAll(async () => {
    await firefox?.close();
  });

  /** Saves a restyled picture, and returns the complete file. */
  async function saved(source: string, name: RegExp): Promise<PNG> {
    await firefox.inExtension(
      async (tabId, url) => {
        const target = { kind: 'source', url };
        await chrome.tabs.sendMessage(tabId, { type: 'page.save', target });
      },
      await firefox.activeTab(),
      source,
    );
    const file = await eventually(
      async () => readdirSync(folder).find((each) => name.test(each)),
      60_000,
    );
    return eventually(async () => {
      try {
        return PNG.sync.read(readFileSync(path.join(folder, file)));
      } catch {
        return null;
      }
    });
  }

  it('a picture is saved, also where its page may not', async () => {
    opened(await firefox.openPage(`${site.origin}${PHOTO}?csp=sandbox`));
    const source = `${site.origin}${PHOTO}?csp=sandbox`;
    await firefox.clickMenu(page, 'img', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({ state: 'done', error: null });
    expect((await saved(source, /^harbour\..*\.png$/)).width).toBe(800);
  });

  it('what no canvas holds is written row by row', async () => {
    opened(await firefox.openPage(`${site.origin}/empty.html`));
    const source = `${site.origin}/made/squares.png?width=64&height=16500`;
    // Shown in a box on which a menu can be opened.
    const style = 'width: 400px; height: 300px; object-fit: contain';
    await page.setContent(`<img id="photo" src="${source}" style="${style}">`, {
      waitUntil: 'load',
    });
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({ state: 'done', error: null });
    const { width, height, data } = await saved(source, /^squares\..*\.png$/);
    expect([width, height]).toEqual([64, 16_500]);
    // Every tile is there, and opaque.
    for (let y = 50; y < height; y += 500) {
      const row = data.subarray(4 * y * width, 4 * (y + 1) * width);
      expect(new Set(row).size).toBeGreaterThan(10);
      expect(row.every((value, i) => i % 4 !== 3 || value === 255)).toBe(true);
    }
  });

  it('a picture that moves is painted frame by frame', async () => {
    opened(await firefox.openPage(`${site.origin}/empty.html`));
    const source = `${site.otherOrigin}/made/animated.gif`;
    await page.setContent(`<img id="photo" src="${source}" width="160">`, { waitUntil: 'load' });
    await firefox.clickMenu(page, '#photo', 'currentMix');
    expect(await firefox.waitForPicture(source)).toMatchObject({ state: 'done', error: null });
    const first = await page.$eval('#photo', (image) => getComputedStyle(image).content);
    // Ours is the only button on the page.
    await firefox.press('Tab', 'Return');
    await eventually(async () => {
      const now = await page.$eval('#photo', (image) => getComputedStyle(image).content);
      return now !== first;
    }, 60_000);
    const looks = new Set<string>();
    await eventually(async () => {
      looks.add((await pixelsOf(page, '#photo')).data.toString());
      return looks.size === 4;
    });
  });
});
