import { useEffect, useState } from 'preact/hooks';
import browser, { type Runtime } from 'webextension-polyfill';

import type { ContentGlobals } from '../../protocol/page-globals';
import { detach } from '../../core/detach';
import { STATUS_PORT, type PageNews, type PageStatus } from '../../protocol/messages';

/** The tab below the palette. */
export interface TabState {
  readonly id: number;
  /** Address of the page, if the extension may act on it. */
  readonly url: string;
  /** Statuses from the frames' content scripts; empty before there is one. */
  readonly statuses: readonly PageStatus[];
  /** Whether any frame that can be reached has a video. */
  readonly hasVideo: boolean;
  /** To be called when frames may have got a content script. */
  look(): void;
}

/**
 * Follows the active tab; undefined while it is not known yet, null where the extension may not act.
 * @param reached Settles when the frames have got their content scripts.
 */
export function useTab(reached: Promise<unknown>): TabState | null | undefined {
  const [state, setState] = useState<TabState | null | undefined>(undefined);
  useEffect(() => {
    const follower = new TabFollower(setState);
    follower.look();
    detach(reached.finally(() => follower.look()));
    return () => follower.stop();
  }, [reached]);
  return state;
}

/** The state of a frame, from its content script if it has one. */
interface Frame {
  readonly news: Omit<PageNews, 'status'> & Partial<PageNews>;
  readonly port: Runtime.Port | null;
}

/** Looks at the active tab on request; its content scripts report changes. */
export class TabFollower {
  private tabId = -1;
  private frames = new Map<number, Frame>();
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(private readonly onChange: (state: TabState | null) => void) {
    browser.tabs.onUpdated.addListener(this.onUpdated);
  }

  look(): void {
    this.looking = this.looking.then(() => this.lookNow());
    detach(this.looking);
  }

  stop(): void {
    this.stopped = true;
    browser.tabs.onUpdated.removeListener(this.onUpdated);
    for (const { port } of this.frames.values()) port?.disconnect();
  }

  private readonly onUpdated = (tabId: number, { status }: { readonly status?: string }): void => {
    if (tabId === this.tabId && status === 'complete') this.look();
  };

  private async lookNow(): Promise<void> {
    const looks = this.stopped ? [] : await this.framesNow().catch(() => []);
    if (this.stopped) return;
    const frames = new Map<number, Frame>();
    for (const { frameId, hasScript, ...news } of looks) {
      const known = this.frames.get(frameId);
      const port = known?.port ?? (hasScript ? this.connect(frameId) : null);
      frames.set(frameId, known?.port ? known : { news, port });
    }
    for (const [frameId, { port }] of this.frames) if (!frames.has(frameId)) port?.disconnect();
    this.frames = frames;
    this.tell();
  }

  private async framesNow(): Promise<(Look & { readonly frameId: number })[]> {
    const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
    this.tabId = tab?.id ?? -1;
    const target = { tabId: this.tabId, allFrames: true };
    const results = await browser.scripting.executeScript({ target, func: lookAround });
    // A frame may go before it answers.
    return results.flatMap(({ frameId, result }) =>
      isLook(result) ? [{ ...result, frameId }] : [],
    );
  }

  private connect(frameId: number): Runtime.Port {
    const port = browser.tabs.connect(this.tabId, { name: STATUS_PORT, frameId });
    let isHeard = false;
    port.onMessage.addListener((message: unknown) => {
      isHeard = true;
      this.frames.set(frameId, { news: message as PageNews, port });
      this.tell();
    });
    port.onDisconnect.addListener(() => {
      if (this.frames.get(frameId)?.port !== port) return;
      this.frames.delete(frameId);
      // The frame is gone, or shows another page. One that never reported is not asked again.
      if (isHeard) this.look();
    });
    return port;
  }

  private tell(): void {
    const page = this.frames.get(0);
    const news = [...this.frames.values()].map((frame) => frame.news);
    this.onChange(
      page
        ? {
            id: this.tabId,
            url: page.news.url,
            statuses: news.flatMap(({ status }) => status ?? []),
            hasVideo: news.some(({ hasVideo }) => hasVideo),
            look: () => this.look(),
          }
        : null,
    );
  }
}

interface Look {
  readonly url: string;
  readonly hasVideo: boolean;
  readonly hasScript: boolean;
}

function isLook(result: unknown): result is Look {
  return typeof result === 'object' && result !== null && 'url' in result;
}

/** Runs in the page, so it must not refer to anything in this module. */
function lookAround(): Look {
  const within = (root: Document | ShadowRoot): boolean =>
    root.querySelector('video') !== null ||
    [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot && within(shadowRoot));
  return {
    url: location.href,
    hasVideo: within(document),
    hasScript: (globalThis as ContentGlobals).pasticheContent?.alive() ?? false,
  };
}
