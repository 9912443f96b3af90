/**
 * Requests are checked where they arrive: the process of a page that a content script runs in may be
 * in strange hands, and can say whatever it likes in the content script's name. A request that was
 * checked has the fields of its type, and no others. Pure.
 *
 * Every request has a line in one of the two tables; the compiler misses it where it has none.
 */
import { STROKE_SIZES } from '../style/manner';
import { ERROR_CODES } from './errors';
import type { BackgroundRequest, PageRequest } from './messages';

type Check = (value: unknown) => boolean;

/** A check for each field of a request; one that may be missing says so. */
type Shape<Request> = { readonly [K in Exclude<keyof Request, 'type'>]-?: Check };

type Shapes<Request extends { readonly type: string }> = {
  readonly [T in Request['type']]: Shape<Extract<Request, { readonly type: T }>>;
};

/** Longest side of the masks of regions, in pixels. */
const LONGEST_MASK = 1024;

/** More styles than there are, own ones included. */
const MOST_STYLES = 1000;

const text =
  (longest: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= longest;

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && allowed.includes(value);

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const listOf =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);

const fields =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(shape).every(([name, check]) => check(value[name]));

const flag: Check = (value) => typeof value === 'boolean';

const wholeNumber: Check = (value) => Number.isSafeInteger(value);

const title = text(1000);

/** Addresses may hold a whole picture. */
const address = text(2 ** 28);

const origins = listOf(text(300), 100);

const mix: Check = (value) => {
  if (!isRecord(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MOST_STYLES &&
    entries.every(
      ([id, weight]) =>
        id.length <= 200 && typeof weight === 'number' && weight >= 0 && weight <= 1,
    )
  );
};

const manner = fields({
  keepColours: flag,
  strokeSize: (value) =>
    typeof value === 'number' && value >= STROKE_SIZES.least && value <= STROKE_SIZES.most,
});

const side: Check = (value) =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= LONGEST_MASK;

const share: Check = (value) => typeof value === 'number' && value >= 0 && value <= 1;

/** That the masks fit together is for the engine to see, which reads them. */
const regions = fields({
  mixes: listOf(mix, 7),
  width: side,
  height: side,
  shares: text(2 ** 24),
  part: optional(fields({ x: share, y: share, width: share, height: share })),
});

const error = fields({ code: oneOf(...ERROR_CODES), detail: text(100_000) });

const reason = oneOf('cross-origin-image', 'cross-origin-frame');

const target: Check = (value) => {
  if (!isRecord(value)) return false;
  switch (value['kind']) {
    case 'source':
      return address(value['url']);
    case 'menu-element':
      return wholeNumber(value['id']);
    default:
      return oneOf('pointed', 'pick', 'all', 'best')(value['kind']);
  }
};

const BACKGROUND: Shapes<BackgroundRequest> = {
  'background.wake-engine': {},
  'background.bridge': {},
  'background.fetch-image': { url: address },
  'background.capture-tab': {},
  'background.toggle-video': { tabId: wholeNumber },
  'background.restyle-page': { tabId: wholeNumber, title, mix, manner },
  'background.end-page': { tabId: wholeNumber, how: oneOf('stop', 'restore') },
  'background.preview-picture': { tabId: wholeNumber },
  'background.edit-picture': { tabId: wholeNumber },
  'background.apply-regions': {
    tabId: wholeNumber,
    frameId: wholeNumber,
    source: address,
    isVideo: flag,
    mix,
    manner,
    title,
    regions: optional(regions),
  },
  'background.survey-page': { tabId: wholeNumber },
  'background.site-wish': {},
  'background.video-running': { running: flag },
  'background.open-capture': {},
  'background.ask-grant': { origins, reason },
};

const PAGE: Shapes<PageRequest> = {
  'page.restyle': { target, mix, regions: optional(regions), manner, title },
  'page.save': { target },
  'page.compare': { target },
  'page.restore': { target },
  'page.video': {
    target,
    action: oneOf('start', 'stop', 'toggle', 'save', 'record'),
    recipe: optional(fields({ mix, manner, regions: optional(regions) })),
  },
  'page.all': { title, mix, manner },
  'page.stop': {},
  'page.read': { target },
  'page.edit': { target },
  'page.edit-video': { target },
  'page.preview': {},
  'page.survey': {},
  'page.granted': { origins },
  'page.notice': { error, grant: optional(fields({ origins, reason })) },
  'page.status': {},
};

/** Requests about whatever tab they name: only the extension's own pages may make them. */
const OF_ANY_TAB: ReadonlySet<string> = new Set<BackgroundRequest['type']>([
  'background.toggle-video',
  'background.restyle-page',
  'background.end-page',
  'background.preview-picture',
  'background.edit-picture',
  'background.apply-regions',
  'background.survey-page',
]);

/**
 * A request to the background.
 * @param fromOwnPage Whether a page of the extension sent it, and not a content script.
 * @returns Null for anything else, and for what the sender may not ask.
 */
export function parseBackgroundRequest(
  message: unknown,
  fromOwnPage: boolean,
): BackgroundRequest | null {
  const request = parse(BACKGROUND, message);
  return request && (fromOwnPage || !OF_ANY_TAB.has(request.type)) ? request : null;
}

/** A request to a page's content script; null for anything else. */
export function parsePageRequest(message: unknown): PageRequest | null {
  return parse(PAGE, message);
}

function parse<Request extends { readonly type: string }>(
  shapes: Shapes<Request>,
  message: unknown,
): Request | null {
  if (!isRecord(message)) return null;
  const { type } = message;
  if (typeof type !== 'string' || !Object.hasOwn(shapes, type)) return null;
  const shape: Readonly<Record<string, Check>> = shapes[type as Request['type']];
  const checked: Record<string, unknown> = { type };
  for (const [name, check] of Object.entries(shape)) {
    if (!check(message[name])) return null;
    if (message[name] !== undefined) checked[name] = message[name];
  }
  return checked as Request;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
