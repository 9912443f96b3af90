import { askBackground } from '../protocol/background-client';
import type { PaintedKind } from '../protocol/messages';

/** Reports to the background which things are painted here while the page is visible, for its menu items. */
export class MenuNews {
  private told: PaintedKind = 'nothing';

  constructor(private readonly now: () => PaintedKind) {
    document.addEventListener('visibilitychange', () => this.tell());
    addEventListener('pageshow', () => this.tell());
    addEventListener('pagehide', () => this.send('nothing'));
  }

  /** To be called when something may have changed. */
  tell(): void {
    this.send(document.visibilityState === 'visible' ? this.now() : 'nothing');
  }

  private send(what: PaintedKind): void {
    if (what === this.told) return;
    this.told = what;
    // Without a background there is no menu either.
    askBackground({ type: 'background.painted', what }).catch(() => undefined);
  }
}
