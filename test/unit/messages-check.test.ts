import { describe, expect, it } from 'vitest';

import { parseBackgroundRequest } from '../../src/protocol/background';
import type { BackgroundRequest } from '../../src/protocol/background';
import { parsePageRequest, type PageRequest } from '../../src/protocol/page';
import { Chance } from '../soak/random.mjs';

const mix = { udnie: 0.5 };
const manner = { keepColours: true, strokeSize: 1, secondCoat: 0 };
const target = { kind: 'source', url: 'https://example.org/a.jpg' } as const;

/** One of each. */
const BACKGROUND: readonly BackgroundRequest[] = [
  { type: 'background.wake-engine' },
  { type: 'background.bridge' },
  { type: 'background.fetch-image', url: 'https://example.org/a.jpg' },
  { type: 'background.capture-tab' },
  { type: 'background.toggle-video', tabId: 3 },
  { type: 'background.restyle-page', tabId: 3, title: 'A mix', mix, manner },
  { type: 'background.end-page', tabId: 3, how: 'stop' },
  { type: 'background.survey-page', tabId: 3 },
  { type: 'background.site-wish' },
  { type: 'background.video-running', running: true },
  {
    type: 'background.ask-grant',
    origins: ['https://example.org/*'],
    reason: 'cross-origin-image',
  },
  { type: 'background.preview-picture', tabId: 3 },
  { type: 'background.painted', what: 'canvases' },
];

const PAGE: readonly PageRequest[] = [
  { type: 'page.restyle', target, mix, manner, title: 'A mix' },
  { type: 'page.restyle', target: { kind: 'menu-element', id: 7 }, mix, manner, title: '' },
  { type: 'page.save', target: { kind: 'pointed' } },
  { type: 'page.restore', target: { kind: 'all' } },
  { type: 'page.video', target: { kind: 'pointed' }, action: 'toggle' },
  { type: 'page.all', title: 'A mix', mix, manner },
  { type: 'page.stop' },
  { type: 'page.read', target: { kind: 'pick' } },
  { type: 'page.survey' },
  { type: 'page.granted', origins: ['https://example.org/*'] },
  { type: 'page.notice', error: { code: 'page-forbidden', detail: '' } },
  { type: 'page.status' },
  { type: 'page.preview' },
  { type: 'page.compare', target: { kind: 'clicked', element: 7 } },
];

describe('requests', () => {
  it('that are sound come through, without what does not belong to them', () => {
    for (const request of BACKGROUND) {
      expect(parseBackgroundRequest({ ...request, extra: 1 }, true)).toEqual(request);
    }
    for (const request of PAGE) expect(parsePageRequest({ ...request, extra: 1 })).toEqual(request);
  });

  it('about any tab are only for pages of the extension', () => {
    const refused = BACKGROUND.filter((request) => !parseBackgroundRequest(request, false));
    expect(refused.map(({ type }) => type)).toEqual([
      'background.toggle-video',
      'background.restyle-page',
      'background.end-page',
      'background.survey-page',
      'background.preview-picture',
    ]);
  });

  it.each([
    { ...BACKGROUND[5], mix: { udnie: 2 } },
    { ...BACKGROUND[5], mix: [1] },
    { ...BACKGROUND[5], manner: { keepColours: true, strokeSize: Number.NaN } },
    { ...BACKGROUND[5], tabId: '3' },
    { ...BACKGROUND[10], origins: [{}] },
    { ...BACKGROUND[10], reason: 'because' },
    { ...BACKGROUND[6], how: 'now' },
    { ...BACKGROUND[12], what: 'everything' },
    { type: 'background.fetch-image' },
    { type: 'toString' },
    { type: '__proto__' },
    'background.bridge',
    null,
    undefined,
  ])('that are not sound are refused: %j', (message) => {
    expect(parseBackgroundRequest(message, true)).toBe(null);
  });

  it.each([
    { ...PAGE[0], target: { kind: 'source' } },
    { ...PAGE[0], target: { kind: 'everything' } },
    { ...PAGE[10], error: { code: 'no-such-code', detail: '' } },
    { ...PAGE[4], action: 'delete' },
    { type: 'background.bridge' },
  ])('to a page that are not sound are refused: %j', (message) => {
    expect(parsePageRequest(message)).toBe(null);
  });

  it('damaged anywhere, are refused or sound: nothing is thrown', () => {
    const chance = new Chance(1);
    const odd = [
      null,
      undefined,
      -1,
      Infinity,
      Number.NaN,
      '',
      'x'.repeat(5000),
      {},
      [],
      [null],
      true,
    ];
    for (let i = 0; i < 5000; i++) {
      const request = chance.pick<BackgroundRequest | PageRequest>([...BACKGROUND, ...PAGE]);
      const damaged: Record<string, unknown> = structuredClone({ ...request });
      damaged[chance.pick(Object.keys(damaged))] = chance.pick(odd);
      const checked = parseBackgroundRequest(damaged, true) ?? parsePageRequest(damaged);
      const names = Object.keys(checked ?? {});
      expect(Object.keys(damaged)).toEqual(expect.arrayContaining(names));
    }
  });
});
