import { describe, expect, it, vi } from 'vitest';

const browser = vi.hoisted(() => ({
  contextMenus: { create: vi.fn(), removeAll: vi.fn(), update: vi.fn() },
  i18n: { getMessage: (key: string, values: string[]) => [key, ...values].join(' ') },
}));
vi.mock('webextension-polyfill', () => ({ default: browser }));

const { createMenus, nameCurrentMix } = await import('../../src/background/menus');

describe('the menu', () => {
  it('says what the current mix is, ampersands and all', async () => {
    await nameCurrentMix('Starry Night & Great Wave');
    expect(browser.contextMenus.update).toHaveBeenCalledExactlyOnceWith('restyle:mix', {
      title: 'menu_current_mix_is Starry Night && Great Wave',
    });
  });

  it('has an item of that name', async () => {
    await createMenus([]);
    expect(
      browser.contextMenus.create.mock.calls.map(([item]) => (item as { id: string }).id),
    ).toContain('restyle:mix');
  });
});
