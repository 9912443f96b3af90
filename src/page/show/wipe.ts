import { messageLanguage, percent, t } from '../../words/i18n';
import { htmlElement } from '../dom/host';
import type { Overlay } from '../layer/overlay';

/** An arrow key moves the handle by this share of the picture; with Shift, by five times as much. */
const KEY_STEP = 0.02;

/**
 * A handle on a pastiche that is laid over its original: on its left the original is seen, on its
 * right the pastiche. Dragged, or moved with the arrow keys; Space, held, shows all of the original.
 */
export class Wipe {
  private share = 0.5;
  private isHeld = false;
  private readonly handle = htmlElement('div');

  /**
   * @param overlay Shows the pastiche; what lies under it is the original.
   * @param onClose Called when the person has seen enough.
   */
  constructor(
    private readonly overlay: Overlay,
    private readonly onClose: () => void,
  ) {
    const { handle } = this;
    handle.className = 'wipe';
    handle.lang = messageLanguage();
    handle.tabIndex = 0;
    handle.setAttribute('role', 'slider');
    handle.setAttribute('aria-label', t('page_wipe'));
    handle.setAttribute('aria-valuemin', '0');
    handle.setAttribute('aria-valuemax', '100');
    handle.title = t('page_wipe_hint');
    handle.addEventListener('pointerdown', (event) => {
      if (!event.isTrusted) return;
      handle.setPointerCapture(event.pointerId);
      handle.focus();
      event.preventDefault();
      event.stopPropagation();
    });
    handle.addEventListener('pointermove', (event) => {
      if (event.isTrusted && handle.hasPointerCapture(event.pointerId)) this.moveTo(event.clientX);
    });
    // The page's own shortcuts are not meant, nor is a link that the picture is in.
    for (const type of ['click', 'pointerup', 'keyup', 'keydown'] as const) {
      handle.addEventListener(type, (event) => {
        event.stopPropagation();
        event.preventDefault();
      });
    }
    handle.addEventListener('keydown', (event) => event.isTrusted && this.key(event));
    handle.addEventListener('keyup', ({ key }) => {
      if (key === ' ') this.hold(false);
    });
    handle.addEventListener('blur', () => this.hold(false));
    handle.addEventListener('dblclick', () => this.onClose());
    overlay.addHandle(handle);
    this.show();
    handle.focus({ preventScroll: true });
  }

  close(): void {
    this.handle.remove();
    this.overlay.showFrom(0);
  }

  private key(event: KeyboardEvent): void {
    const step = KEY_STEP * (event.shiftKey ? 5 : 1);
    if (event.key === 'ArrowLeft' || event.key === 'ArrowDown') this.set(this.share - step);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowUp') this.set(this.share + step);
    else if (event.key === 'Home') this.set(0);
    else if (event.key === 'End') this.set(1);
    else if (event.key === ' ') this.hold(true);
    else if (event.key === 'Escape' || event.key === 'Enter') this.onClose();
  }

  private hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    this.show();
  }

  private moveTo(clientX: number): void {
    const { left, width } = this.overlay.canvasRect();
    if (width > 0) this.set((clientX - left) / width);
  }

  private set(share: number): void {
    this.share = Math.min(1, Math.max(0, share));
    this.show();
  }

  private show(): void {
    this.overlay.showFrom(this.isHeld ? 1 : this.share, this.share);
    this.handle.setAttribute('aria-valuenow', String(Math.round(100 * this.share)));
    this.handle.setAttribute('aria-valuetext', t('page_wipe_at', percent(this.share)));
  }
}
