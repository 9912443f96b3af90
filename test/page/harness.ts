/**
 * Tests of the content script in a real browser without the extension: its rooms are bundled with a
 * stand-in for the extension (`fake-extension.ts`) and run in an isolated world of the page, as in
 * life. The engine answers at once, with a known function of the pixels (`engine.ts`).
 */
import path from 'node:path';

import * as esbuild from 'esbuild';
import type { Browser, CDPSession, Page, Protocol } from 'puppeteer';

import { launchChromium } from '../../scripts/extension.mjs';
import { DEFAULT_RENDER_OPTIONS } from '../../src/core/style/render-options';
import { PasticheError } from '../../src/protocol/errors';
import type {
  PageReply,
  PageRequest,
  PageStatus,
  PictureStatus,
  VideoStatus,
  WholePageStatus,
} from '../../src/protocol/messages';
import type { ContentGlobals } from '../../src/protocol/page-globals';
import { eventually } from '../browser/faults';
import { sharedSite } from '../browser/harness';
import { PictureStage, TIMEOUT_MS } from '../browser/pages';
import { answer } from './background';
import {
  WORLD,
  type EngineOptions,
  type World,
  type WorldGlobals,
  type WorldOptions,
} from './world';

/** The style that pictures are painted in unless a test asks for another. */
export const STYLE = 'the-scream';

let running: Promise<Browser> | undefined;
let bundled: Promise<string> | undefined;

/** The content script with the stand-in for the extension, as one script. */
async function bundle(): Promise<string> {
  const result = await esbuild.build({
    absWorkingDir: path.resolve(import.meta.dirname, '../..'),
    entryPoints: ['src/page/main.ts'],
    alias: { 'webextension-polyfill': './test/page/fake-extension.ts' },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'warning',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** A stage in the browser that all test files of a worker share. */
export async function pageStage(): Promise<PageStage> {
  running ??= launchChromium();
  bundled ??= bundle();
  return new PageStage(await running, await bundled, await sharedSite());
}

/** The recipe of a single style, as the context menu sends it. */
export function recipeOf(
  style: string,
): Pick<Extract<PageRequest, { type: 'page.restyle' }>, 'mix' | 'manner' | 'title'> {
  return { mix: { [style]: 1 }, manner: DEFAULT_RENDER_OPTIONS, title: style };
}

/** Where requests can be sent: the number of a frame, in the order of the tree. Default: the page. */
interface FrameChoice {
  readonly frameId?: number;
}

/** A status to wait for. */
interface Wanted {
  readonly states?: readonly PictureStatus['state'][];
  /** Ignores earlier requests; in milliseconds since the epoch. */
  readonly since?: number;
}

/** A stage with the content script alone. */
export class PageStage extends PictureStage {
  private session: CDPSession | null = null;
  private options: WorldOptions = { hold: false, failure: null, stored: { budget: 0.05 } };
  /** Whether the user lets the extension read all sites. */
  access = true;

  constructor(
    private readonly browser: Browser,
    private readonly script: string,
    site: ConstructorParameters<typeof PictureStage>[0],
  ) {
    super(site);
  }

  protected override async firstPage(): Promise<Page> {
    const page = await this.browser.newPage();
    const session = await page.createCDPSession();
    this.session = session;
    session.on('Runtime.bindingCalled', ({ payload, executionContextId }) => {
      void this.answer(payload, executionContextId);
    });
    await session.send('Runtime.enable');
    await session.send('Runtime.addBinding', { name: 'pasticheAsk', executionContextName: WORLD });
    return page;
  }

  override async close(): Promise<void> {
    this.session = null;
    await super.close();
  }

  /** Changes what the engine does, on this page and the next ones. */
  async engine(changes: Partial<EngineOptions>): Promise<void> {
    this.options = { ...this.options, ...changes };
    const { hold, failure } = this.options;
    await this.inWorlds((world, options) => world.change(options), { hold, failure });
  }

  /** The number of jobs that the engine has been given on this page. */
  async jobs(): Promise<number> {
    const counts = await this.inWorlds((world) => world.jobs.length);
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Sends a request to the content script of a frame, which is injected before, as by the background.
   * @throws {Error} if it isn't taken.
   */
  async send(request: PageRequest, { frameId = 0 }: FrameChoice = {}): Promise<PageReply> {
    const frame = (await this.frames())[frameId];
    if (frame === undefined) throw new Error(`there is no frame ${frameId}`);
    const world = await this.worldOf(frame);
    if (!(await this.call(world, () => 'pasticheWorld' in globalThis))) {
      const options = JSON.stringify(this.options);
      await this.evaluate(world, `globalThis.pasticheOptions = ${options};${this.script}`);
    }
    return this.call(
      world,
      async (asked) =>
        (await (globalThis as unknown as WorldGlobals).pasticheWorld!.receive(asked)) ?? null,
      request,
    );
  }

  /** Asks for a picture to be painted, in one style. Default: X. */
  async restyle(style: string, source = this.x, frame: FrameChoice = {}): Promise<void> {
    const target = { kind: 'source', url: source } as const;
    const reply = await this.send({ type: 'page.restyle', target, ...recipeOf(style) }, frame);
    if (reply === null || !('found' in reply) || !reply.found) {
      throw new Error(`there is no picture ${source}`);
    }
  }

  override async paint(source = this.x, frame: FrameChoice = {}): Promise<PictureStatus> {
    const since = Date.now();
    await this.restyle(STYLE, source, frame);
    return this.waitForPicture(source, { states: ['done', 'failed'], since });
  }

  override async restore(source = this.x, frame: FrameChoice = {}): Promise<void> {
    await this.send({ type: 'page.restore', target: { kind: 'source', url: source } }, frame);
  }

  override async startPage(): Promise<void> {
    await this.sendAll({ type: 'page.all', ...recipeOf('starry-night') });
  }

  override async restorePage(): Promise<void> {
    await this.sendAll({ type: 'page.restore', target: { kind: 'all' } });
  }

  private async sendAll(request: PageRequest): Promise<void> {
    const frames = await this.frames();
    await Promise.all(frames.map((_, frameId) => this.send(request, { frameId })));
  }

  protected override firstFrame(): Promise<{ frameId: number }> {
    return Promise.resolve({ frameId: 1 });
  }

  /** Statuses of the pictures in all frames. */
  async pageStatus(): Promise<readonly PictureStatus[]> {
    return (await this.statuses()).flatMap(({ pictures }) => pictures);
  }

  /** Statuses of the videos in all frames. */
  async videoStatus(): Promise<readonly VideoStatus[]> {
    return (await this.statuses()).flatMap(({ videos }) => videos);
  }

  protected override async wholePageStatus(): Promise<readonly WholePageStatus[]> {
    return (await this.statuses()).flatMap(({ page }) => page ?? []);
  }

  private async statuses(): Promise<PageStatus[]> {
    const replies = await this.inWorlds((world) => world.receive({ type: 'page.status' }));
    return replies.flatMap((reply) =>
      reply && 'type' in reply && reply.type === 'page.status' ? reply : [],
    );
  }

  /**
   * Waits until a picture has reached one of the states.
   * @param source Its address before it was restyled.
   * @throws {Error} with the page's status, after the timeout.
   */
  async waitForPicture(
    source: string,
    { states = ['done', 'failed', 'restored'], since = 0 }: Wanted = {},
  ): Promise<PictureStatus> {
    let said: unknown;
    return eventually(async () => {
      const pictures = await this.pageStatus();
      said = pictures;
      return pictures.find(
        (picture) =>
          picture.source === source && picture.startedAt >= since && states.includes(picture.state),
      );
    }, TIMEOUT_MS).catch(() => {
      throw new Error(
        `${source} is not ${states.join(' or ')}; the page says ${JSON.stringify(said)}`,
      );
    });
  }

  /** The extension's texts on the page, in its closed shadow roots. */
  async words(): Promise<string> {
    const texts = await this.inWorlds((world) => {
      const said: (string | null)[] = [];
      const read = (root: ParentNode): void => {
        for (const element of root.querySelectorAll('*')) {
          const inner = world.rootOf(element);
          if (!inner) continue;
          said.push(...[...inner.children].map(({ textContent }) => textContent));
          read(inner);
        }
      };
      read(document);
      return said.join(' ');
    });
    return texts.join(' ');
  }

  private get cdp(): CDPSession {
    if (!this.session) throw new Error('no page is open');
    return this.session;
  }

  private async frames(): Promise<string[]> {
    const { frameTree } = await this.cdp.send('Page.getFrameTree');
    const idsIn = ({ frame, childFrames = [] }: Protocol.Page.FrameTree): string[] => [
      frame.id,
      ...childFrames.flatMap(idsIn),
    ];
    return idsIn(frameTree);
  }

  /** The execution context of the content script's world in a frame; it is made if there is none. */
  private async worldOf(frameId: string): Promise<number> {
    const asked = { frameId, worldName: WORLD };
    return (await this.cdp.send('Page.createIsolatedWorld', asked)).executionContextId;
  }

  /** Calls a function in the world of every frame that has the content script. */
  async inWorlds<Args extends unknown[], Result>(
    action: (world: World, ...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>[]> {
    const frames = this.session ? await this.frames() : [];
    const results = await Promise.all(
      frames.map(async (frame) =>
        this.evaluate<Awaited<Result>>(
          await this.worldOf(frame),
          `globalThis.pasticheWorld && (${String(action)})(globalThis.pasticheWorld, ...${JSON.stringify(args)})`,
        ),
      ),
    );
    return results.filter((result) => result !== undefined);
  }

  private call<Args extends unknown[], Result>(
    context: number,
    action: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.evaluate(context, `(${String(action)})(...${JSON.stringify(args)})`);
  }

  private async evaluate<Result>(contextId: number, expression: string): Promise<Result> {
    const { result, exceptionDetails } = await this.cdp.send('Runtime.evaluate', {
      contextId,
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value as Result;
  }

  /** Answers what the content script has asked the background. */
  private async answer(text: string, contextId: number): Promise<void> {
    const { id, request } = JSON.parse(text) as { id: number; request: unknown };
    const reply = await answer({ access: this.access, capture: () => this.capture() }, request);
    // The page may be gone.
    await this.call(
      contextId,
      (asked, said) => (globalThis as unknown as WorldGlobals).pasticheWorld?.settle(asked, said),
      id,
      reply,
    ).catch(() => undefined);
  }

  /**
   * Captures the tab while the content scripts hide what is theirs, as the background does.
   * @throws {PasticheError} `pixels-blocked` if they can't.
   */
  private async capture(): Promise<string> {
    const holder = crypto.randomUUID();
    try {
      const areClear = await this.inWorlds(
        (_, of) => (globalThis as ContentGlobals).pasticheContent?.clearScreen(of),
        holder,
      );
      if (areClear.includes(false)) throw new PasticheError('pixels-blocked');
      const { data } = await this.cdp.send('Page.captureScreenshot', { format: 'png' });
      return `data:image/png;base64,${data}`;
    } finally {
      await this.inWorlds(
        (_, of) => (globalThis as ContentGlobals).pasticheContent?.showAgain(of),
        holder,
      );
    }
  }
}
