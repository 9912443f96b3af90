import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import type { PageRequest, PageStatus } from '../src/messages/messages';

/** How often the page is asked how far it is, in milliseconds. */
const INTERVAL = 400;

/** The tab that the palette is open over. */
export interface TabState {
  readonly id: number;
  /** Address of the page, where the extension may act on it. */
  readonly url: string;
  /** What the content scripts of its frames say; empty where there is none yet. */
  readonly statuses: readonly PageStatus[];
  /** Whether there is a video in a frame that may be looked at. */
  readonly hasVideo: boolean;
}

/** Follows the active tab; null where it is not known yet, or where the extension may not act. */
export function useTab(): TabState | null {
  const [state, setState] = useState<TabState | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const follow = async (): Promise<void> => {
      const next = await readTab().catch(() => null);
      if (stopped) return;
      setState((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
      timer = setTimeout(() => void follow(), INTERVAL);
    };
    void follow();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  return state;
}

async function readTab(): Promise<TabState | null> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  const { id } = tab ?? {};
  if (id === undefined) return null;
  const frames = await browser.scripting.executeScript({
    target: { tabId: id, allFrames: true },
    func: lookAround,
  });
  const looks = frames.map(({ frameId, result }) => ({ frameId, ...(result as Look | undefined) }));
  const url = looks.find(({ frameId }) => frameId === 0)?.url;
  if (typeof url !== 'string') return null;
  const statuses = await Promise.all(frames.map(({ frameId }) => statusOf(id, frameId)));
  return {
    id,
    url,
    statuses: statuses.filter((status) => status !== null),
    hasVideo: looks.some(({ hasVideo }) => hasVideo),
  };
}

async function statusOf(tabId: number, frameId: number): Promise<PageStatus | null> {
  // Where nothing was asked for yet, nobody answers.
  const status = await browser.tabs
    .sendMessage<PageRequest, PageStatus | undefined>(tabId, { type: 'page.status' }, { frameId })
    .catch(() => null);
  return status ?? null;
}

interface Look {
  readonly url: string;
  readonly hasVideo: boolean;
}

/** Runs in the page, so it may use nothing from here. */
function lookAround(): Look {
  const within = (root: Document | ShadowRoot): boolean =>
    root.querySelector('video') !== null ||
    [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot && within(shadowRoot));
  return { url: location.href, hasVideo: within(document) };
}
