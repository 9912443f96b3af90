import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { TabState } from '../../src/pages/palette/use-tab';
import type { PageNews } from '../../src/protocol/messages';

type Listener = (argument: unknown) => void;

class FakePort {
  readonly disconnect = vi.fn();
  say: Listener = () => undefined;
  break: Listener = () => undefined;
  readonly onMessage = { addListener: (listener: Listener) => (this.say = listener) };
  readonly onDisconnect = { addListener: (listener: Listener) => (this.break = listener) };
}

const browser = vi.hoisted(() => ({
  tabs: {
    query: vi.fn(),
    connect: vi.fn(),
    onUpdated: { addListener: vi.fn(), removeListener: vi.fn() },
  },
  scripting: { executeScript: vi.fn() },
}));
vi.mock('webextension-polyfill', () => ({ default: browser }));

const { TabFollower } = await import('../../src/pages/palette/use-tab');

const URL = 'https://example.org/';

/** The frames' answers to a look at them, by their ids. */
function frames(...hasScript: boolean[]): void {
  browser.scripting.executeScript.mockResolvedValue(
    hasScript.map((has, frameId) => ({
      frameId,
      result: { url: URL, hasVideo: frameId === 1, hasScript: has },
    })),
  );
}

const news = (total: number): PageNews => ({
  url: URL,
  hasVideo: false,
  status: {
    type: 'page.status',
    pictures: [],
    videos: [],
    page: { state: 'working', total, done: 0, failed: 0, blockedOrigins: [] },
  },
});

describe('the palette, of the tab below it', () => {
  let ports: FakePort[];
  let seen: (TabState | null)[];
  let follower: InstanceType<typeof TabFollower>;
  const totals = (): unknown => seen.at(-1)?.statuses.map(({ page }) => page?.total);
  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  beforeEach(() => {
    vi.useFakeTimers();
    vi.clearAllMocks();
    ports = [];
    seen = [];
    browser.tabs.query.mockResolvedValue([{ id: 7 }]);
    browser.tabs.connect.mockImplementation(() => {
      const port = new FakePort();
      ports.push(port);
      return port;
    });
    follower = new TabFollower((state) => seen.push(state));
  });
  afterEach(() => vi.useRealTimers());

  it('asks nothing while nothing happens', async () => {
    frames(false, false);
    follower.look();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(browser.scripting.executeScript).toHaveBeenCalledOnce();
    expect(seen).toMatchObject([{ id: 7, url: URL, hasVideo: true, statuses: [] }]);
  });

  it('hears what every frame with a script says, without asking', async () => {
    frames(true, true, false);
    follower.look();
    await settle();
    expect(browser.tabs.connect.mock.calls.map(([, { frameId }]) => frameId)).toEqual([0, 1]);
    ports[0]?.say(news(3));
    ports[1]?.say(news(4));
    ports[0]?.say(news(5));
    expect(totals()).toEqual([5, 4]);
    expect(browser.scripting.executeScript).toHaveBeenCalledOnce();
  });

  it('looks again when a frame that has spoken goes, and joins what is there then', async () => {
    frames(true);
    follower.look();
    await settle();
    ports[0]?.say(news(3));
    ports[0]?.break(ports[0]);
    await settle();
    expect(ports).toHaveLength(2);
    expect(totals()).toEqual([]);
    ports[1]?.say(news(1));
    expect(totals()).toEqual([1]);
  });

  it('does not ask one again that never said anything', async () => {
    frames(true);
    follower.look();
    await settle();
    ports[0]?.break(ports[0]);
    await settle();
    expect(browser.scripting.executeScript).toHaveBeenCalledOnce();
  });

  it('knows nothing of a page where the extension may not act', async () => {
    browser.scripting.executeScript.mockRejectedValue(new Error('no'));
    follower.look();
    await settle();
    expect(seen).toEqual([null]);
  });

  it('lets all ports go with the palette', async () => {
    frames(true, true);
    follower.look();
    await settle();
    follower.stop();
    expect(ports.map(({ disconnect }) => disconnect.mock.calls.length)).toEqual([1, 1]);
  });
});
