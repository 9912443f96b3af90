/**
 * Composition root of the content script. It is injected when the user requests something on the page,
 * perhaps several times; only the first instance stays.
 */
import browser, { type Runtime } from 'webextension-polyfill';

import { askBackground, isContextGone } from '../protocol/background-client';
import { unpackBytes } from '../core/bytes';
import { parsePageRequest } from '../protocol/page';
import type { ContentGlobals } from '../protocol/page-globals';
import { detach } from '../core/detach';
import { PasticheError } from '../protocol/errors';
import type {
  PageReply,
  PageRequest,
  PageStatus,
  PaintedTarget,
  RegionsInText,
  Target,
} from '../protocol/messages';
import type { Recipe } from '../core/style/render-options';
import { strengthOf } from '../core/style/mix';
import { covers } from '../core/match-pattern';
import { t } from '../words/i18n';
import { Canvases } from './canvases/canvases';
import { tryEmbedded } from './find/embedded';
import { everyElement, Pictures } from './find/find';
import { clearScreen, showAgain } from './dom/host';
import { Notices } from './show/notices';
import { SiteRuleKeeper } from './whole-page/site-rule';
import { surveyPage, WholePage } from './whole-page/whole-page';
import { isBlankPicture } from './find/blank';
import { pick, type Candidate, type Picked } from './find/picker';
import type { Picture } from './show/picture';
import { grantAction } from './pictures/access';
import { MenuNews } from './menu-news';
import { PaintedThings } from './painted-things';
import { WipeHandle } from './pictures/comparison';
import { Restyler } from './pictures/restyler';
import {
  bestPicture,
  editedFrameOf,
  editedImageOf,
  previewImage,
  styleImageOf,
} from './read/page-image';
import { serveStatus } from './status-feed';
import { onSuccession, takeOver } from './succession';
import { findVideo, type Point } from './videos/find-video';
import { Videos } from './videos/videos';
import { PageWatch } from './watch';
import { isAttached, matches, rectOf } from './dom/element';

/** Interval of checks whether the extension is still there, in milliseconds: no event reports it. */
const GONE_INTERVAL = 2000;

/** A target that means something in this frame. */
type FrameTarget = Extract<PageRequest, { type: 'page.restyle' }>['target'];

class PageController {
  private readonly pictures = new Pictures();
  private readonly notices = new Notices();
  private readonly watch = new PageWatch();
  private readonly wipe = new WipeHandle();
  private readonly tellMenu = (): void => this.menu.tell();
  private readonly restyler = new Restyler(
    this.notices,
    this.pictures,
    this.watch,
    this.wipe,
    this.tellMenu,
  );
  private readonly videos = new Videos(this.notices);
  private readonly canvases = new Canvases(this.notices, this.wipe, this.tellMenu);
  private readonly painted = new PaintedThings(this.pictures, this.restyler, this.canvases);
  private readonly menu = new MenuNews(() => this.painted.kind);
  private readonly page = new WholePage(this.pictures, this.restyler, this.watch);
  private readonly rule = new SiteRuleKeeper(this.page, this.restyler, this.videos);
  private lastClicked: Element | null = null;
  private lastPoint: Point | null = null;
  private picking: AbortController | null = null;
  private readonly listening = new AbortController();

  constructor() {
    const remember = (event: MouseEvent): void => {
      // A page can dispatch events of its own.
      if (!event.isTrusted) return;
      this.lastPoint = { x: event.clientX, y: event.clientY };
      const [innermost] = event.composedPath();
      if (innermost instanceof Element) this.lastClicked = innermost;
    };
    const { signal } = this.listening;
    addEventListener('pointerdown', remember, { capture: true, passive: true, signal });
    const prepare = (event: MouseEvent): void => {
      remember(event);
      if (event.isTrusted) this.painted.onMenu(event, this.lastClicked);
      // A user who opens the menu of a picture may be about to restyle it.
      if (this.lastClicked && matches(this.lastClicked, 'img, picture *, video')) {
        this.restyler.prepare();
      }
    };
    addEventListener('contextmenu', prepare, { capture: true, passive: true, signal });
    this.rule.start();
    const watch = setInterval(() => {
      if (!isContextGone()) return;
      clearInterval(watch);
      this.leave();
    }, GONE_INTERVAL);
  }

  /** Ends everything that runs by itself, as the extension is gone. Painted pictures stay. */
  private leave(): void {
    this.listening.abort();
    this.picking?.abort();
    this.rule.stop();
    this.page.stop();
    this.videos.stop();
    this.canvases.restore();
    this.notices.clear();
  }

  /** Answers a request; the reply shows the background whether there was such a picture here. */
  async handle(request: PageRequest): Promise<PageReply> {
    switch (request.type) {
      case 'page.restyle': {
        const found = await this.find(request.target, !request.regions);
        if (found instanceof HTMLCanvasElement) {
          this.canvases.paint(found, recipeOf(request), request.title);
        } else {
          // An element may show several pictures.
          for (const source of new Set(found.map((picture) => picture.source))) {
            const copies = found.filter((picture) => picture.source === source);
            detach(this.restyler.restyle(copies, recipeOf(request), request.title));
          }
        }
        const isFound = found instanceof HTMLCanvasElement || found.length > 0;
        const isEmpty = strengthOf(request.mix) === 0 && !request.regions;
        if (isFound && isEmpty) this.notices.show(t('page_mix_empty'));
        // A user who has cancelled picking must not be asked again.
        return { found: isFound || request.target.kind === 'pick' };
      }
      case 'page.save':
        return this.withPainted(request.target, (one) =>
          one.kind === 'canvas' ? this.canvases.save(one.canvas) : this.restyler.save(one.picture),
        );
      case 'page.compare':
        return this.withPainted(request.target, (one) =>
          one.kind === 'canvas'
            ? this.canvases.compare(one.canvas)
            : this.restyler.compare(one.picture),
        );
      case 'page.restore': {
        if (request.target.kind === 'all') {
          const others = this.videos.stop() + this.canvases.restore();
          this.page.forget();
          return { found: this.restyler.restore() + others > 0 };
        }
        return this.withPainted(request.target, (one) => {
          if (one.kind === 'canvas') return this.canvases.restore(one.canvas) > 0;
          const { element } = one.picture;
          const sources = new Set(this.pictures.allAt(element).map(({ source }) => source));
          for (const source of sources) this.page.leaveAlone(source);
          const restored = [...sources].map((source) => this.restyler.restore(source));
          return restored.some((count) => count > 0);
        });
      }
      case 'page.granted':
        this.restyler.granted(request.origins);
        this.page.granted(request.origins);
        return null;
      case 'page.revoked':
        await this.revoked(request.origins);
        return null;
      case 'page.notice': {
        const { code } = PasticheError.fromMessage(request.error);
        const { grant } = request;
        this.notices.showError(code, grant && grantAction(this.notices, grant));
        return null;
      }
      case 'page.status':
        return this.status();
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
        await this.tryAllEmbedded();
        return { type: 'page.survey', ...surveyPage(this.pictures) };
      case 'page.video':
        return this.switchVideo(request);
    }
  }

  status(): PageStatus {
    return {
      type: 'page.status',
      pictures: [...this.restyler.status(), ...this.canvases.status()],
      videos: this.videos.status(),
      page: this.page.status(),
    };
  }

  /** Ends everything that depends on access to these sites, unless they can still be accessed. */
  private async revoked(origins: readonly string[]): Promise<void> {
    const working = this.restyler
      .status()
      .filter(({ state }) => state === 'reading' || state === 'queued' || state === 'preview')
      .map(({ source }) => source);
    const here = addressOfSite();
    const urls = [here, ...working].filter((url) => covers(origins, url));
    const readable = new Set(await askBackground({ type: 'background.readable', urls }));
    const lost = urls.filter((url) => !readable.has(url));
    const isLost = lost.includes(here);
    if (isLost) {
      this.page.stop();
      this.videos.stop();
      this.canvases.restore();
      await this.rule.follow();
    }
    for (const source of working) {
      if (isLost || lost.includes(source)) this.restyler.restore(source);
    }
  }

  private async readForStyle(target: Target): Promise<PageReply> {
    const [picture] = await this.findPictures(target);
    // A user who has cancelled picking must not be asked again.
    if (!picture) return { found: target.kind === 'pick' };
    return this.orSay(styleImageOf(picture));
  }

  private async readForEditor(
    target: Extract<PageRequest, { type: 'page.edit' }>['target'],
  ): Promise<PageReply> {
    const picture =
      target.kind === 'best'
        ? bestPicture(this.pictures, this.lastClicked)
        : (await this.findPictures(target))[0];
    if (!picture) return { found: target.kind === 'pick' };
    return this.orSay(editedImageOf(picture));
  }

  private async readFrame(target: Exclude<Target, { kind: 'pick' }>): Promise<PageReply> {
    const video = findVideo(target, this.lastPoint);
    if (!video) return { found: false };
    return this.orSay(editedFrameOf(video));
  }

  /** The result of some work; null if it fails, after a message with the reason. */
  private orSay<T>(work: Promise<T>): Promise<T | null> {
    return work.catch((thrown: unknown) => {
      this.notices.showError(PasticheError.from(thrown).code);
      return null;
    });
  }

  private async switchVideo({
    target,
    action,
    recipe,
  }: Extract<PageRequest, { type: 'page.video' }>): Promise<PageReply> {
    const video = findVideo(target, this.lastPoint);
    if (!video) return { found: false };
    const stop = action === 'stop' || (action === 'toggle' && this.videos.isRunning(video));
    if (action === 'save') detach(this.videos.save(video));
    else if (action === 'follow') await this.videos.follow(video);
    else if (action === 'record') detach(this.videos.record(video));
    else if (stop) this.videos.stop(video);
    else await this.videos.start(video, recipe && recipeOf(recipe));
    return { found: true, isRunning: this.videos.isRunning(video) };
  }

  /** Restores the page, because a newer version takes over. */
  retire(): void {
    this.picking?.abort();
    this.videos.stop();
    this.canvases.restore();
    this.restyler.retire();
  }

  /** Acts on the painted thing that a target means, if there is one. */
  private async withPainted(
    target: PaintedTarget,
    act: (one: Candidate) => boolean,
  ): Promise<PageReply> {
    const meant = await this.findPainted(target);
    // A user who was asked must not be asked again.
    if (meant === 'asked') return { found: true };
    return { found: meant !== null && act(meant) };
  }

  /** The painted thing that a target means; asks the user if the target doesn't tell. */
  private async findPainted(target: PaintedTarget): Promise<Candidate | 'asked' | null> {
    if (target.kind === 'clicked') {
      const under = this.painted.under(target.element);
      if (under) return under;
    } else if (target.kind !== 'pick') {
      const found = await this.find(target, true);
      const one = this.painted.oneOf(found, this.lastClicked);
      // An image may cover the painted thing.
      if (one || target.kind === 'pointed') return one;
      return this.painted.under();
    }
    if (this.painted.kind === 'nothing') return null;
    const picked = await this.ask((element) => this.painted.at(element), t('page_pick_painted'));
    if (picked.kind === 'picture' || picked.kind === 'canvas') return picked;
    if (picked.kind === 'nothing') this.notices.showError('not-restyled');
    return 'asked';
  }

  private async findPictures(target: FrameTarget): Promise<Picture[]> {
    const found = await this.find(target, false);
    return found instanceof HTMLCanvasElement ? [] : found;
  }

  /** Finds out which embedded elements are pictures. */
  private async tryAllEmbedded(): Promise<void> {
    await Promise.all(
      everyElement('object, embed').flatMap((element) => tryEmbedded(element) ?? []),
    );
  }

  /** The picture to be seen under clear ones, at a point or, where that is unknown, at their middle. */
  private beneath([cover]: readonly Picture[], point: Point | null): Picture | null {
    if (!cover) return null;
    const { x, y, width, height } = rectOf(cover.place);
    const at = point ?? { x: x + width / 2, y: y + height / 2 };
    return this.pictures.under(at.x, at.y).find((picture) => !isBlankPicture(picture)) ?? null;
  }

  /** The pictures that a target means, or the canvas, where one will do. */
  private async find(
    target: FrameTarget,
    withCanvases: boolean,
  ): Promise<Picture[] | HTMLCanvasElement> {
    if (target.kind !== 'pick') {
      const canPoint = withCanvases && target.kind === 'pointed';
      const hovered = canPoint ? document.querySelector('canvas:hover') : null;
      if (hovered instanceof HTMLCanvasElement) return hovered;
      await this.tryAllEmbedded();
      const { lastClicked, lastPoint } = this;
      const named = this.pictures.find(target, lastClicked);
      const point = target.kind === 'pointed' ? null : lastPoint;
      const beneath = named.every(isBlankPicture) ? this.beneath(named, point) : null;
      const found = beneath ? this.pictures.sameAs(beneath) : named;
      const isClicked = canPoint && lastClicked instanceof HTMLCanvasElement;
      return found.length === 0 && isClicked && isAttached(lastClicked) ? lastClicked : found;
    }
    // The PDF viewer shows a document in a frame of its own, which the extension can't reach.
    if (document.contentType === 'application/pdf') {
      this.notices.showError('page-forbidden');
      return [];
    }
    detach(this.tryAllEmbedded());
    const candidateOf = (element: Element): Candidate | null => {
      if (element instanceof HTMLCanvasElement) {
        return withCanvases ? { kind: 'canvas', canvas: element } : null;
      }
      const picture = this.pictures.at(element);
      return picture && { kind: 'picture', picture };
    };
    const picked = await this.ask(candidateOf, t('page_pick_hint'));
    switch (picked.kind) {
      case 'picture':
        return this.pictures.sameAs(picked.picture);
      case 'canvas':
        return picked.canvas;
      case 'nothing':
        this.notices.show(t('page_pick_nothing'));
        return [];
      case 'frame':
      case 'stopped':
        return [];
    }
  }

  /** Lets the user point at something, and shows a message if that is not possible. */
  private async ask(
    candidateOf: (element: Element) => Candidate | null,
    hint: string,
  ): Promise<Picked> {
    this.picking?.abort();
    const picking = new AbortController();
    this.picking = picking;
    const end = pick(candidateOf, picking.signal);
    // Added after the outline, which would cover it.
    const say = this.notices.show(hint, { label: t('page_cancel'), run: () => picking.abort() });
    const picked = await end;
    say(null);
    if (picked.kind === 'frame') this.notices.show(t('page_pick_frame'));
    return picked;
  }
}

/** An address on the site by which the browser grants scripts access to this frame. */
function addressOfSite(): string {
  if (/^https?:/.test(location.href)) return location.href;
  // A frame without an address has its creator's origin; a sandboxed one has none, but the creator's
  // base address.
  return origin === 'null' ? document.baseURI : `${origin}/`;
}

/** A recipe as it is sent in a message. */
type PackedRecipe = Omit<Recipe, 'regions'> & { readonly regions?: RegionsInText };

function recipeOf({ mix, manner, regions: packed }: PackedRecipe): Recipe {
  if (!packed) return { mix, manner };
  return {
    mix,
    manner,
    regions: { ...packed, shares: new Uint8Array(unpackBytes(packed.shares)) },
  };
}

const globals = globalThis as ContentGlobals;
if (!globals.pasticheContent?.alive()) {
  takeOver();
  const controller = new PageController();
  // Set only now: a script that fails to start must not keep the next one from trying.
  globals.pasticheContent = { alive: () => !isContextGone(), clearScreen, showAgain };
  onSuccession(() => controller.retire());
  serveStatus(() => controller.status());
  browser.runtime.onMessage.addListener((message: unknown, sender: Runtime.MessageSender) => {
    const request = sender.id === browser.runtime.id ? parsePageRequest(message) : null;
    return request ? controller.handle(request) : undefined;
  });
}
