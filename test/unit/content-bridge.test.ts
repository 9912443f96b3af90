import { expect, it, vi } from 'vitest';

import { hasBridge } from '../../src/page/engine-port';

const runtime = vi.hoisted(() => ({ getManifest: vi.fn() }));
vi.mock('webextension-polyfill', () => ({ default: { runtime } }));

it.each([
  ['Chrome, whose build has it', [{ resources: ['bridge.html'], matches: ['<all_urls>'] }], true],
  ['Chrome, from a build without it', undefined, false],
  ['Firefox, which says null of what is not there', null, false],
])('knows whether there is a bridge frame: %s', (_, resources, expected) => {
  runtime.getManifest.mockReturnValue({ web_accessible_resources: resources });
  expect(hasBridge()).toBe(expected);
});
