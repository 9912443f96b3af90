/** What the middle layer stands on: a known engine, held back or failing, and access to other sites. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

import { meanAbsoluteDifference, pixelsOf } from '../browser/harness';
import { knownPastiche } from './engine';
import { pageStage, STYLE, type PageStage } from './harness';

const IMAGE = '<img src="{X}" width="160" height="96">';
/** It is painted at its own size. */
const SMALL = {
  picture: '/made/squares.png?width=160&height=96',
  size: { width: 160, height: 96 },
};

let stage: PageStage;

beforeAll(async () => {
  stage = await pageStage();
});

afterEach(async () => {
  stage.access = true;
  await stage.engine({ hold: false, failure: null });
});

afterAll(() => stage.close());

it('a picture is shown as the known function of its pixels, and restored', async () => {
  await stage.open(IMAGE, SMALL);
  const original = await pixelsOf(stage.page, 'img');
  expect(await stage.paint()).toMatchObject({ state: 'done', read: 'extension', mode: 'in-place' });
  const known = knownPastiche(new Uint8ClampedArray(original.data), { [STYLE]: 1 });
  const expected = { ...original, data: new Uint8Array(known) };
  const difference = async (): Promise<number> =>
    meanAbsoluteDifference(expected, await pixelsOf(stage.page, 'img'));
  // The sign that it is being painted fades.
  await expect.poll(difference).toBe(0);
  await stage.restore();
  expect(meanAbsoluteDifference(original, await pixelsOf(stage.page, 'img'))).toBe(0);
});

it('an answer that is held back leaves the original until it comes', async () => {
  await stage.open(IMAGE, SMALL);
  const original = await stage.shot();
  await stage.engine({ hold: true });
  await stage.restyle(STYLE);
  await expect.poll(() => stage.jobs()).toBe(1);
  expect(await stage.pageStatus()).toMatchObject([{ state: 'queued' }]);
  await stage.engine({ hold: false });
  await stage.waitForPicture(stage.x, { states: ['done'] });
  expect(meanAbsoluteDifference(original, await stage.shot())).toBeGreaterThan(1);
});

it('a picture that goes while it is painted is not painted', async () => {
  await stage.open(IMAGE, SMALL);
  await stage.engine({ hold: true });
  await stage.restyle(STYLE);
  await stage.waitForPicture(stage.x, { states: ['queued'] });
  await stage.page.$eval('img', (image) => image.remove());
  await stage.engine({ hold: false });
  const { error } = await stage.waitForPicture(stage.x, { states: ['failed'] });
  expect(error?.code).toBe('image-gone');
});

it('a job that fails is said', async () => {
  await stage.open(IMAGE, SMALL);
  await stage.engine({ failure: 'engine-crashed' });
  expect(await stage.paint()).toMatchObject({ state: 'failed', error: { code: 'engine-crashed' } });
  expect(await stage.words()).toContain('The painter stopped');
});

it('without access to the site of a picture, the screen is captured', async () => {
  stage.access = false;
  await stage.open(IMAGE, SMALL);
  expect(await stage.paint()).toMatchObject({ state: 'done', read: 'capture', mode: 'layer' });
});
