import { askBackground } from '../protocol/background-client';
import type { PaintedKind } from '../protocol/messages';

/** Tells the background what is painted here while the page is in sight: its menu has items for that. */
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
    // Where there is nobody to be told, there is no menu either.
    askBackground({ type: 'background.painted', what }).catch(() => undefined);
  }
}
