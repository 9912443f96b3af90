import { messageLanguage, percent, t } from '../../words/i18n';
import { attachOnTop, createHost, detachFromDocument, htmlElement } from '../dom/host';
import type { Layer } from '../layer/layer';
import { visibleBox } from '../read/read';

/** Step of an arrow key, as a fraction of the picture; five times as much with Shift. */
const KEY_STEP = 0.02;

const STYLE = `
  .wipe {
    position: fixed; z-index: 2147483646; width: 32px; margin-left: -16px; cursor: ew-resize;
    touch-action: none;
  }
  .wipe::before {
    content: ''; position: absolute; inset: 0 14px; background: #fff;
    box-shadow: 0 0 0 1px rgb(0 0 0 / 35%);
  }
  .wipe::after {
    content: '↔'; position: absolute; left: 0; top: calc(50% - 16px); width: 32px; height: 32px;
    border-radius: 50%; background: #fff; color: #16161d; font: 16px/32px system-ui, sans-serif;
    text-align: center; box-shadow: 0 1px 6px rgb(0 0 0 / 50%);
  }
  .wipe:focus { outline: none; }
  .wipe:focus-visible::after { box-shadow: 0 0 0 3px #1f5fbf, 0 0 0 5px #fff; }
`;

/**
 * A handle on a pastiche over its original: the original is shown on its left, the pastiche on its
 * right. It can be dragged, or moved with the arrow keys; holding Space shows all of the original. It
 * is above everything on the page, so that it can be dragged whatever covers the picture.
 */
export class Wipe {
  private share = 0.5;
  private isHeld = false;
  private readonly host: HTMLElement;
  private readonly handle = htmlElement('div');

  /**
   * @param layer Shows the pastiche over the original.
   * @param element The element in which the picture is seen.
   * @param onClose Called when the user closes it.
   */
  constructor(
    private readonly layer: Layer,
    private readonly element: Element,
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
    // The page's own shortcuts, and a link around the picture, must not be triggered.
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
    const { host, root } = createHost(STYLE);
    this.host = host;
    root.append(handle);
    attachOnTop(host);
    layer.accompany(this);
    this.show();
    handle.focus({ preventScroll: true });
  }

  /** Whether it is on the page. */
  get isUp(): boolean {
    return this.host.isConnected;
  }

  close(): void {
    this.remove();
    this.layer.showFrom(0);
    this.layer.accompany(null);
  }

  /** Removes the handle with its layer. */
  remove(): void {
    detachFromDocument(this.host);
  }

  /** Moves the handle to the visible part of the layer. */
  place(): void {
    const { style } = this.handle;
    const { left, top, width, bottom } = this.layer.canvasRect();
    const seen = visibleBox(this.element);
    // Hidden in another way it would lose the focus.
    style.opacity = seen ? '1' : '0';
    style.pointerEvents = seen ? 'auto' : 'none';
    if (!seen) return;
    const x = left + this.share * width;
    const [first, last] = [Math.max(top, seen.y), Math.min(bottom, seen.y + seen.height)];
    style.left = `${Math.min(Math.max(x, seen.x), seen.x + seen.width)}px`;
    style.top = `${first}px`;
    style.height = `${Math.max(0, last - first)}px`;
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
    const { left, width } = this.layer.canvasRect();
    if (width > 0) this.set((clientX - left) / width);
  }

  private set(share: number): void {
    this.share = Math.min(1, Math.max(0, share));
    this.show();
  }

  private show(): void {
    this.layer.showFrom(this.isHeld ? 1 : this.share);
    this.place();
    this.handle.setAttribute('aria-valuenow', String(Math.round(100 * this.share)));
    this.handle.setAttribute('aria-valuetext', t('page_wipe_at', percent(this.share)));
  }
}
