/**
 * Randomly damaged pictures and messages: painted or left alone, answered or ignored; and after all of
 * them the next valid one is painted. `FUZZ_INPUTS` sets the number of each.
 */
import { readFileSync } from 'node:fs';

import { beforeEach, expect } from 'vitest';

import { mutate } from '../soak/mutate.mjs';
import { Chance } from '../soak/random.mjs';
import { eventually } from './faults';
import { browser, openPage, page, withBrowser } from './fixtures';
import { restyle } from './harness';
import { encodeAnimatedGif, encodePng } from './picture-files.mjs';

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 40);

let errors: unknown[];

const it = withBrowser({ build: 'chrome-granted', small: true, ends: true });

beforeEach(async () => {
  errors = [];
  await openPage();
  page.on('pageerror', (error) => errors.push(error));
});

/** The next valid picture is painted, and there was no uncaught error. */
async function expectSound(): Promise<void> {
  expect(errors).toEqual([]);
  await page.close();
  await openPage('/one-image.html');
  expect(await restyle(browser, page, '#photo')).toMatchObject({ state: 'done', error: null });
  await page.close();
}

const picture = (file: string): Uint8Array => readFileSync(`test/site/pictures/${file}`);

it(`${INPUTS} damaged pictures of every kind`, async () => {
  const whole: [string, Uint8Array][] = [
    ['image/jpeg', picture('harbour.jpg')],
    ['image/jpeg', picture('kinds/cmyk.jpg')],
    ['image/png', picture('kinds/deep.png')],
    ['image/png', encodePng(80, 60, (x, y) => [x * 3, y * 4, 99, 255])],
    ['image/webp', picture('kinds/alpha.webp')],
    ['image/avif', picture('kinds/photo.avif')],
    ['image/gif', encodeAnimatedGif({ width: 60, frames: 4 })],
    ['image/svg+xml', new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  ];
  const chance = new Chance(7);
  const damaged = Array.from({ length: INPUTS }, () => {
    const [type, bytes] = chance.pick(whole);
    return `data:${type};base64,${Buffer.from(mutate(bytes, chance)).toString('base64')}`;
  });
  const sources = await page.evaluate(async (addresses) => {
    const urls: string[] = [];
    for (const address of addresses) {
      const image = new Image(60, 45);
      image.src = URL.createObjectURL(await (await fetch(address)).blob());
      document.body.append(image);
      await image.decode().catch(() => undefined);
      urls.push(image.src);
    }
    return urls;
  }, damaged);
  for (const srcUrl of sources) {
    await browser.clickMenu(page, { menuItemId: 'restyle:style:udnie', srcUrl });
  }
  const ends = await eventually(async () => {
    const pictures = await browser.pageStatus(page);
    const isEnd = ({ state }: { state: string }): boolean => /^(done|failed)$/.test(state);
    return pictures.length === sources.length && pictures.every(isEnd) && pictures;
  }, 90_000);
  const failed = ends.filter(({ state }) => state === 'failed');
  for (const { error } of failed) expect(error?.code).toMatch(/^image-(broken|empty)$/);
  console.log(`of ${INPUTS} damaged pictures ${failed.length} could not be painted`);
  await expectSound();
});

it(`${5 * INPUTS} damaged messages to the engine's port and to the background`, async () => {
  await page.goto(browser.urlOf('grant.html'));
  const seeds = Array.from({ length: 5 * INPUTS }, (_, i) => i);
  const { replies, other } = await page.evaluate(async (numbers) => {
    const port = chrome.runtime.connect({ name: 'engine' });
    const found = new Map<string, number>();
    port.onMessage.addListener(({ type }: { type: string }) => {
      found.set(type, (found.get(type) ?? 0) + 1);
    });
    const odd: unknown[] = [
      ...[null, -1, 0.5, 1e9, 2 ** 31, '', 'x', 'engine.restyle', {}, [], [[]], true],
      ...[new ArrayBuffer(3), new ArrayBuffer(16), { length: 5 }, { udnie: -1 }, { udnie: 1e300 }],
      JSON.parse('{"__proto__": {"type": "engine.restyle"}}'),
    ];
    let answered = 0;
    for (const number of numbers) {
      const job: Record<string, unknown> = {
        ...{ priority: 'preview', width: 2, height: 2, mix: { udnie: 1 }, file: false },
      };
      const message: Record<string, unknown> = {
        ...{ type: 'engine.restyle', id: number, job, pixels: new ArrayBuffer(16) },
      };
      const names = [...Object.keys(message), ...Object.keys(job)];
      for (let i = 0; i <= number % 3; i++) {
        const name = names[(number * 7 + i * 3) % names.length]!;
        (name in job ? job : message)[name] = odd[(number * 5 + i * 11) % odd.length];
      }
      port.postMessage(number % 10 === 0 ? odd[number % odd.length] : message);
      const type = ['fetch-image', 'restyle-page', 'ask-grant', 'end-page', 'x'][number % 5]!;
      const request = { ...message, type: `background.${type}`, url: odd[number % odd.length] };
      const reply: unknown = await chrome.runtime.sendMessage(request).catch(() => undefined);
      if (reply) answered += 1;
    }
    for (let waited = 0; waited < 100 && !found.has('engine.status'); waited++) {
      port.postMessage({ type: 'engine.status' });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return { replies: Object.fromEntries(found), other: answered };
  }, seeds);
  expect(replies).toMatchObject({ 'engine.hello': 1 });
  expect(replies['engine.failed']).toBeGreaterThan(INPUTS);
  expect(replies['engine.status']).toBeGreaterThan(0);
  console.log('answers to damaged messages', replies, other);
  await expectSound();
});
