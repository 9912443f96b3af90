/**
 * Composition root of the content script. It is injected when a person asks for something on the
 * page, perhaps several times; only the first one stays.
 */
import browser, { type Runtime } from 'webextension-polyfill';

import type { ContentRegions } from '../engine/client';
import { askBackground, isContextGone } from '../messages/background-client';
import { unpackBytes } from '../messages/bytes';
import { parsePageRequest } from '../messages/check';
import { PasticheError } from '../messages/errors';
import type { PageReply, PageRequest, Regions, Target } from '../messages/messages';
import type { Recipe } from '../style/manner';
import { t } from '../ui/i18n';
import { Pictures } from './find';
import { Notices } from './notices';
import { SiteRuleKeeper } from './page/site-rule';
import { surveyPage, WholePage } from './page/whole-page';
import { pickPicture } from './picker';
import { Restyler } from './restyler';
import {
  bestPicture,
  editedFrameOf,
  editedImageOf,
  previewImage,
  styleImageOf,
} from './page-image';
import { onSuccession, takeOver } from './succession';
import { findVideo, type Point } from './video/find-video';
import { Videos } from './video/videos';

/** In the isolated world of content scripts, which pages can't see. */
interface ContentGlobals {
  pasticheContent?: { readonly alive: () => boolean };
}

class PageController {
  private readonly pictures = new Pictures();
  private readonly notices = new Notices();
  private readonly restyler = new Restyler(this.notices);
  private readonly videos = new Videos(this.notices);
  private readonly page = new WholePage(this.pictures, this.restyler);
  private readonly rule = new SiteRuleKeeper(this.page, this.restyler, this.videos);
  private lastClicked: Element | null = null;
  private lastPoint: Point | null = null;
  private picking: AbortController | null = null;

  /** @param earlier Elements that may have shown an earlier version's pastiches, by their address. */
  constructor(private readonly earlier: ReadonlyMap<string, Element>) {
    const remember = (event: MouseEvent): void => {
      this.lastPoint = { x: event.clientX, y: event.clientY };
      const [innermost] = event.composedPath();
      if (innermost instanceof Element) this.lastClicked = innermost;
    };
    addEventListener('pointerdown', remember, { capture: true, passive: true });
    const prepare = (event: MouseEvent): void => {
      remember(event);
      // Who opens the menu of a picture may be about to have it painted.
      if (this.lastClicked?.matches('img, picture *, video')) this.restyler.prepare();
    };
    addEventListener('contextmenu', prepare, { capture: true, passive: true });
    this.rule.start();
  }

  /** Answers a request; the answer tells the background whether there was such a picture here. */
  async handle(request: PageRequest): Promise<PageReply> {
    switch (request.type) {
      case 'page.restyle': {
        const found = await this.find(request.target);
        if (found.length > 0) {
          void this.restyler.restyle(found, recipeOf(request), request.title);
        }
        // Who picked nothing on purpose needs no further question.
        return { found: found.length > 0 || request.target.kind === 'pick' };
      }
      case 'page.save': {
        const [picture] = await this.find(request.target);
        return { found: picture ? this.restyler.save(picture) : false };
      }
      case 'page.compare': {
        const [picture] = await this.find(request.target);
        return { found: picture ? this.restyler.compare(picture) : false };
      }
      case 'page.restore': {
        if (request.target.kind === 'all') {
          const videos = this.videos.stop();
          this.page.forget();
          return { found: this.restyler.restore() + videos > 0 };
        }
        const [picture] = await this.find(request.target);
        if (!picture) return { found: false };
        this.page.leaveAlone(picture.source);
        return { found: this.restyler.restore(picture.source) > 0 };
      }
      case 'page.granted':
        this.restyler.granted(request.origins);
        this.page.granted(request.origins);
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
        return {
          type: 'page.status',
          pictures: this.restyler.status(),
          videos: this.videos.status(),
          page: this.page.status(),
        };
      case 'page.all':
        this.page.start({ ...request, everything: true });
        return null;
      case 'page.stop':
        this.page.stop();
        return null;
      case 'page.read':
        return this.readForStyle(request.target);
      case 'page.edit':
        return this.readForEditor(request.target);
      case 'page.edit-video':
        return this.readFrame(request.target);
      case 'page.preview':
        return (await previewImage(this.pictures, this.lastClicked)) ?? { found: false };
      case 'page.survey':
        return { type: 'page.survey', ...surveyPage(this.pictures) };
      case 'page.video':
        return this.switchVideo(request);
    }
  }

  private async readForStyle(target: Target): Promise<PageReply> {
    const [picture] = await this.find(target);
    // Who picked nothing on purpose needs no further question.
    if (!picture) return { found: target.kind === 'pick' };
    try {
      return await styleImageOf(picture);
    } catch (thrown) {
      this.notices.showError(PasticheError.from(thrown).code);
      return null;
    }
  }

  private async readForEditor(
    target: Extract<PageRequest, { type: 'page.edit' }>['target'],
  ): Promise<PageReply> {
    const picture =
      target.kind === 'best'
        ? bestPicture(this.pictures, this.lastClicked)
        : (await this.find(target))[0];
    if (!picture) return { found: target.kind === 'pick' };
    try {
      return await editedImageOf(picture);
    } catch (thrown) {
      this.notices.showError(PasticheError.from(thrown).code);
      return null;
    }
  }

  private async readFrame(target: Exclude<Target, { kind: 'pick' }>): Promise<PageReply> {
    const video = findVideo(target, this.lastPoint);
    if (!video) return { found: false };
    try {
      return await editedFrameOf(video);
    } catch (thrown) {
      this.notices.showError(PasticheError.from(thrown).code);
      return null;
    }
  }

  private async switchVideo({
    target,
    action,
    recipe,
  }: Extract<PageRequest, { type: 'page.video' }>): Promise<PageReply> {
    const video = findVideo(target, this.lastPoint);
    if (!video) return { found: false };
    const stop = action === 'stop' || (action === 'toggle' && this.videos.isRunning(video));
    if (action === 'save') void this.videos.save(video);
    else if (action === 'record') void this.videos.record(video);
    else if (stop) this.videos.stop(video);
    else await this.videos.start(video, recipe && recipeOf(recipe));
    return { found: true, isRunning: this.videos.isRunning(video) };
  }

  /** Leaves the page as it was, because a newer version takes over. */
  retire(): void {
    this.picking?.abort();
    this.videos.stop();
    this.restyler.retire();
  }

  private async find(
    target: Extract<PageRequest, { type: 'page.restyle' }>['target'],
  ): Promise<ReturnType<Pictures['sameAs']>> {
    if (target.kind === 'source') {
      const element = this.earlier.get(target.url);
      const picture = element && this.pictures.at(element);
      if (picture) return this.pictures.sameAs(picture);
    }
    if (target.kind !== 'pick') return this.pictures.find(target, this.lastClicked);
    // The viewer shows a document in a frame of its own, which nothing of ours can reach.
    if (document.contentType === 'application/pdf') {
      this.notices.showError('page-forbidden');
      return [];
    }
    this.picking?.abort();
    this.picking = new AbortController();
    this.notices.show(t('page_pick_hint'));
    const picture = await pickPicture(this.pictures, this.picking.signal);
    return picture ? this.pictures.sameAs(picture) : [];
  }
}

function recipeOf({
  mix,
  manner,
  regions,
}: Recipe & { readonly regions?: Regions }): Recipe & { readonly regions?: ContentRegions } {
  if (!regions) return { mix, manner };
  return {
    mix,
    manner,
    regions: { ...regions, shares: new Uint8Array(unpackBytes(regions.shares)) },
  };
}

const globals = globalThis as ContentGlobals;
if (!globals.pasticheContent?.alive()) {
  globals.pasticheContent = { alive: () => !isContextGone() };
  const controller = new PageController(takeOver());
  onSuccession(() => controller.retire());
  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) => {
    const request = sender.id === browser.runtime.id ? parsePageRequest(message) : null;
    return request ? controller.handle(request) : undefined;
  });
}
