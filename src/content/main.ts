/**
 * Composition root of the content script. It is injected when a person asks for something on the
 * page, perhaps several times; only the first one stays.
 */
import browser from 'webextension-polyfill';

import { askBackground, isContextGone } from '../messages/background-client';
import { PasticheError } from '../messages/errors';
import type { PageReply, PageRequest } from '../messages/messages';
import { t } from '../ui/i18n';
import { Pictures } from './find';
import { Notices } from './notices';
import { pickPicture } from './picker';
import { Restyler } from './restyler';

/** In the isolated world of content scripts, which pages can't see. */
interface ContentGlobals {
  pasticheContent?: { readonly alive: () => boolean };
}

class PageController {
  private readonly pictures = new Pictures();
  private readonly notices = new Notices();
  private readonly restyler = new Restyler(this.notices);
  private lastClicked: Element | null = null;
  private picking: AbortController | null = null;

  constructor() {
    const remember = (event: Event): void => {
      const [innermost] = event.composedPath();
      if (innermost instanceof Element) this.lastClicked = innermost;
    };
    addEventListener('pointerdown', remember, { capture: true, passive: true });
    addEventListener('contextmenu', remember, { capture: true, passive: true });
  }

  /** Answers a request; the answer tells the background whether there was such a picture here. */
  async handle(request: PageRequest): Promise<PageReply> {
    switch (request.type) {
      case 'page.restyle': {
        const found = await this.find(request.target);
        if (found.length > 0) this.restyler.restyle(found, request.mix, request.title);
        // Who picked nothing on purpose needs no further question.
        return { found: found.length > 0 || request.target.kind === 'pick' };
      }
      case 'page.restore': {
        if (request.target.kind === 'all') return { found: this.restyler.restore() > 0 };
        const [picture] = await this.find(request.target);
        return { found: picture ? this.restyler.restore(picture.source) > 0 : false };
      }
      case 'page.granted':
        this.restyler.granted(request.origins);
        return null;
      case 'page.notice': {
        const { code } = PasticheError.fromMessage(request.error);
        const { grant } = request;
        this.notices.showError(
          code,
          grant && {
            label: t('page_allow', new URL(grant.origins[0] ?? '').host),
            run: () => void askBackground({ type: 'background.ask-grant', ...grant }),
          },
        );
        return null;
      }
      case 'page.status':
        return this.restyler.status();
    }
  }

  private async find(
    target: Extract<PageRequest, { type: 'page.restyle' }>['target'],
  ): Promise<ReturnType<Pictures['sameAs']>> {
    if (target.kind !== 'pick') return this.pictures.find(target, this.lastClicked);
    this.picking?.abort();
    this.picking = new AbortController();
    this.notices.show(t('page_pick_hint'));
    const picture = await pickPicture(this.pictures, this.picking.signal);
    return picture ? this.pictures.sameAs(picture) : [];
  }
}

const globals = globalThis as ContentGlobals;
// After an update the old script is still there, but can no longer reach the extension.
if (!globals.pasticheContent?.alive()) {
  globals.pasticheContent = { alive: () => !isContextGone() };
  const controller = new PageController();
  browser.runtime.onMessage.addListener((message: unknown) => {
    // Only the extension itself can send here; its background's messages are ours by type.
    return controller.handle(message as PageRequest);
  });
}
