/** Reports the page's progress to a palette that is open over it, each time that it changes. */
import browser from 'webextension-polyfill';

import { STATUS_PORT, type PageNews, type PageStatus } from '../protocol/messages';
import { rootsOf } from './dom/dom';

/** Polling interval of the status while a palette is open, in milliseconds. */
const INTERVAL_MS = 400;

/** Serves every palette that connects. */
export function serveStatus(statusNow: () => PageStatus): void {
  browser.runtime.onConnect.addListener((port) => {
    if (port.name !== STATUS_PORT || port.sender?.id !== browser.runtime.id) return;
    const videos = new VideoSight();
    let told = '';
    const tell = (): void => {
      const news: PageNews = {
        url: location.href,
        hasVideo: videos.isThereOne(),
        status: statusNow(),
      };
      const text = JSON.stringify(news);
      if (text !== told) port.postMessage(news);
      told = text;
    };
    const timer = setInterval(tell, INTERVAL_MS);
    port.onDisconnect.addListener(() => {
      clearInterval(timer);
      videos.stop();
    });
    tell();
  });
}

/** Whether there is a video in the frame; searches it only after it has changed. */
class VideoSight {
  private known: boolean | null = null;
  private readonly observer = new MutationObserver(() => {
    this.known = null;
  });

  isThereOne(): boolean {
    if (this.known !== null) return this.known;
    this.known = false;
    for (const root of rootsOf(document)) {
      this.observer.observe(root, { childList: true, subtree: true });
      this.known ||= root.querySelector('video') !== null;
    }
    return this.known;
  }

  stop(): void {
    this.observer.disconnect();
  }
}
