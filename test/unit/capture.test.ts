import { beforeEach, expect, it, vi } from 'vitest';
import browser, { type Scripting, type Tabs } from 'webextension-polyfill';

import { captureTab } from '../../src/background/capture';

vi.mock('webextension-polyfill', () => ({
  default: {
    tabs: {
      captureVisibleTab: () => Promise.resolve('data:image/png;base64,'),
      get: () => Promise.resolve({ active: true }),
    },
    scripting: { executeScript: vi.fn() },
  },
}));

const TAB = { id: 1, windowId: 1, active: true } as Tabs.Tab;

/** Sets the answers of a tab's frames to the request to clear the screen. */
function answer(...results: unknown[]): void {
  vi.mocked(browser.scripting.executeScript).mockResolvedValue(
    results.map((result, frameId) => ({ frameId, result }) as Scripting.InjectionResult),
  );
}

beforeEach(() => vi.clearAllMocks());

it('captures a tab of which a frame goes meanwhile', async () => {
  answer(true, null);
  expect(await captureTab(TAB)).toMatch(/^data:/);
});

it('captures nothing where a frame can not clear the screen', async () => {
  answer(true, false, null);
  await expect(captureTab(TAB)).rejects.toMatchObject({ code: 'pixels-blocked' });
});

it('has the frame of a function that throws say that its screen is not clear', async () => {
  answer(true);
  await captureTab(TAB);
  const [{ func }] = vi.mocked(browser.scripting.executeScript).mock.calls[0]!;
  const clear = func as unknown as (holder: string) => Promise<boolean>;
  vi.stubGlobal('pasticheContent', { clearScreen: () => Promise.reject(new Error('no')) });
  expect(await clear('a')).toBe(false);
  vi.stubGlobal('pasticheContent', undefined);
  expect(await clear('a')).toBe(true);
  vi.unstubAllGlobals();
});
