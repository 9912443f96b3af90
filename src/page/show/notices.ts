/** Messages for the user, at the lower edge of the page, in a closed shadow root. */
import type { ErrorCode } from '../../protocol/errors';
import { errorSentence, speakOurs, t } from '../../words/i18n';
import {
  attachOnTop,
  attachToDocument,
  createHost,
  detachFromDocument,
  htmlElement,
} from '../dom/host';

const STYLE = `
  .notices {
    position: fixed; inset: auto 0 24px 0; z-index: 2147483647; display: flex; gap: 8px;
    flex-direction: column; align-items: center; pointer-events: none;
    font: 14px/1.45 system-ui, sans-serif;
  }
  .notice {
    display: flex; flex-wrap: wrap; align-items: center; justify-content: end; gap: 8px 12px;
    box-sizing: border-box; max-width: min(560px, 92vw);
    padding-block: 10px; padding-inline: 16px 10px; border-radius: 12px; pointer-events: auto;
    background: #22232b; color: #f4f4f6; box-shadow: 0 6px 28px rgb(0 0 0 / 35%);
    border: 1px solid rgb(255 255 255 / 12%);
  }
  .notice span { flex: 1 1 240px; }
  button {
    font: inherit; color: inherit; border: 0; border-radius: 8px; padding: 6px 12px;
    background: rgb(255 255 255 / 14%); cursor: pointer; white-space: nowrap;
  }
  button:hover { background: rgb(255 255 255 / 24%); }
  button:focus-visible { outline: 2px solid #fff; outline-offset: 2px; }
  button.action { background: #f2b134; color: #22232b; font-weight: 600; }
  button.close { padding: 6px 10px; background: none; }
  .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

/** Time for which a message without a button stays, in milliseconds. */
const DISPLAY_TIME = 6000;

/** Time for which an action must have been in plain view before a click on it counts, in milliseconds. */
const PLAIN_VIEW = 200;

export interface Action {
  readonly label: string;
  run(): void;
  /** Called if the message is closed instead. */
  onClose?(): void;
}

export class Notices {
  private readonly list = htmlElement('div');
  private readonly spoken = htmlElement('div');
  private readonly host: HTMLElement;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const { host, root } = createHost(STYLE);
    this.host = host;
    this.list.className = 'notices';
    this.spoken.className = 'spoken';
    this.spoken.setAttribute('role', 'status');
    for (const part of [this.list, this.spoken]) speakOurs(part);
    root.append(this.list, this.spoken);
  }

  /**
   * Shows a message. With an action it stays until that is used or closed.
   * @returns A function that shows another message in its place, or with null removes it.
   */
  show(message: string, action?: Action): (next: string | null) => void {
    // Once the extension is gone, its messages are empty.
    if (message === '') return () => undefined;
    attachOnTop(this.host);
    for (const old of this.list.children) {
      if (old.firstChild?.textContent === message) old.remove();
    }
    const notice = htmlElement('div');
    notice.className = 'notice';
    notice.setAttribute('role', 'alert');
    const text = htmlElement('span');
    text.textContent = message;
    notice.append(text);
    if (action) notice.append(this.button('action', action.label, () => action.run(), notice));
    const close = this.button('close', '×', () => action?.onClose?.(), notice);
    close.setAttribute('aria-label', t('page_dismiss'));
    notice.append(close);
    this.list.append(notice);
    if (!action) setTimeout(() => this.remove(notice), DISPLAY_TIME);
    return (next) => {
      if (next === null) this.remove(notice);
      else text.textContent = next;
    };
  }

  showError(code: ErrorCode, action?: Action): void {
    this.show(errorSentence(code), action);
  }

  /** Announces a message to a screen reader without showing it. */
  speak(message: string): void {
    if (message === '') return;
    if (!this.host.isConnected) attachToDocument(this.host);
    this.spoken.textContent = message;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.spoken.textContent = '';
      this.leaveIfIdle();
    }, DISPLAY_TIME);
  }

  /** Removes all messages: their actions would no longer work. */
  clear(): void {
    this.list.replaceChildren();
    this.spoken.textContent = '';
    this.leaveIfIdle();
  }

  private remove(notice: HTMLElement): void {
    notice.remove();
    this.leaveIfIdle();
  }

  /** Removes the host from the page when there is no message. */
  private leaveIfIdle(): void {
    if (this.list.childElementCount === 0 && this.spoken.textContent === '') {
      detachFromDocument(this.host);
    }
  }

  private button(
    kind: string,
    label: string,
    run: () => void,
    notice: HTMLElement,
  ): HTMLButtonElement {
    const button = htmlElement('button');
    button.className = kind;
    button.textContent = label;
    const isInPlainView = kind === 'action' ? watchView(button) : () => true;
    button.addEventListener('click', (event) => {
      // A page can't reach into the closed root, but it can dispatch events on the host, or fade it
      // out and put it under something that users click.
      if (!event.isTrusted || !isInPlainView()) return;
      this.remove(notice);
      run();
    });
    return button;
  }
}

/**
 * Watches whether an element is in plain view: opaque, and not covered.
 * @returns A function that returns whether it has been so for a while; always true if the browser
 *   can't tell.
 */
function watchView(element: Element): () => boolean {
  if (!('isVisible' in IntersectionObserverEntry.prototype)) return () => true;
  let isVisible = false;
  const options: IntersectionObserverInit & { trackVisibility: boolean; delay: number } = {
    threshold: 1,
    trackVisibility: true,
    delay: PLAIN_VIEW,
  };
  new IntersectionObserver((entries) => {
    isVisible = (entries.at(-1) as { isVisible?: boolean } | undefined)?.isVisible ?? false;
  }, options).observe(element);
  return () => isVisible;
}
