/**
 * The support of APIs in browsers by the compatibility data, and the gaps that do no harm. Pure:
 * scripts/compat.mjs finds the APIs.
 */

/**
 * @typedef {'chrome' | 'firefox' | 'firefox_android' | 'safari'} Engine As the data call it.
 * @typedef {Record<string, any>} Data Of `@mdn/browser-compat-data`, or a part of it.
 * @typedef {{ reason: string, browsers: readonly Engine[], keys: readonly string[] }} Exception
 *   `keys`: paths in the data; one that ends with `*` stands for all with that prefix.
 * @typedef {{ key: string, browser: Engine, lack: string }} Gap
 */

/** @type {readonly Engine[]} */
export const ENGINES = ['chrome', 'firefox', 'firefox_android', 'safari'];

/**
 * The oldest version of every browser that the manifest lets the extension into.
 * @param {import('./manifest.mjs').Manifest} manifest The common one.
 * @returns {Record<Engine, number>}
 */
export function oldestVersions({
  minimum_chrome_version: chrome,
  browser_specific_settings: { gecko, gecko_android: android, safari },
}) {
  return {
    chrome: Number.parseFloat(chrome),
    firefox: Number.parseFloat(gecko.strict_min_version),
    firefox_android: Number.parseFloat(android.strict_min_version),
    safari: Number.parseFloat(safari.strict_min_version),
  };
}

/**
 * The lack of a feature in a browser from a version on, in a few words; null if there is none. A
 * feature without an entry is Chrome's alone: the data has no entries for much of that.
 * @param {Data | null} feature With `__compat`.
 * @param {string} browser Its name in the data.
 * @param {number} version
 * @param {string} [name] The alternative name by which it is used, if any.
 * @returns {string | null}
 */
export function lackOf(feature, browser, version, name) {
  if (!feature) return browser === 'chrome' ? null : 'is not known to have it';
  const statements = [feature['__compat'].support[browser] ?? []].flat();
  const usable = statements.filter(
    ({ flags, prefix, alternative_name: other }) =>
      !flags && !prefix && (other === undefined || other === name),
  );
  const inTime = usable.filter(
    ({ version_added: added, version_removed: removed }) =>
      isBy(added, version) && (removed === undefined || !isBy(removed, version)),
  );
  if (inTime.some((statement) => !statement.partial_implementation)) return null;
  if (inTime[0]) return `in part: ${[inTime[0].notes].flat()[0] ?? 'it is not said why'}`;
  const later = usable.find(
    ({ version_added: added }) => typeof added === 'string' && !isBy(added, version),
  );
  return later ? `only from ${later.version_added} on` : 'none';
}

/**
 * Whether something had happened by a version.
 * @param {string | boolean | null} happened A version, perhaps with `≤`; `preview` is in the future.
 * @param {number} version
 */
function isBy(happened, version) {
  return typeof happened === 'string'
    ? Number.parseFloat(happened.replace('≤', '')) <= version
    : happened === true;
}

/**
 * The feature at a path of the data; null if there is none with support data.
 * @param {Data} data
 * @param {string} key Such as `api.Element.animate`.
 * @returns {Data | null}
 */
export function featureAt(data, key) {
  let found = data;
  for (const part of key.split('.')) {
    if (!Object.hasOwn(found, part)) return null;
    found = found[part];
  }
  return Object.hasOwn(found, '__compat') ? found : null;
}

/**
 * Messages about gaps without an exception, and exceptions without a gap.
 * @param {readonly Gap[]} gaps
 * @param {readonly Exception[]} exceptions
 * @returns {string[]}
 */
export function judge(gaps, exceptions) {
  /** @param {string} pattern @param {string} key */
  const covers = (pattern, key) =>
    pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
  /** @param {Gap} gap */
  const isExcepted = ({ key, browser }) =>
    exceptions.some(
      ({ browsers, keys }) => browsers.includes(browser) && keys.some((one) => covers(one, key)),
    );
  const needless = exceptions.flatMap(({ browsers, keys }) =>
    browsers.flatMap((browser) =>
      keys
        .filter((one) => !gaps.some((gap) => gap.browser === browser && covers(one, gap.key)))
        .map((one) => `${one}: the exception for ${browser} is not needed`),
    ),
  );
  return [
    ...gaps
      .filter((gap) => !isExcepted(gap))
      .map(({ key, browser, lack }) => `${key}: ${browser} ${lack}`),
    ...needless,
  ];
}

/**
 * Keys and permissions of a manifest by their names in the data.
 * @param {Data} data
 * @param {import('./manifest.mjs').Manifest} manifest
 * @returns {string[]} Such as `webextensions.manifest.background.scripts`, including those without an
 *   entry.
 */
export function manifestKeys(data, manifest) {
  const root = 'webextensions.manifest';
  const permissions = [...(manifest.permissions ?? []), ...(manifest.optional_permissions ?? [])];
  return [
    ...Object.entries(manifest).flatMap(([key, value]) => [
      `${root}.${key}`,
      // The data has no entries for the extension's own names, such as those of commands.
      ...(value !== null && typeof value === 'object' && !Array.isArray(value)
        ? Object.keys(value)
            .map((part) => `${root}.${key}.${part}`)
            .filter((path) => featureAt(data, path))
        : []),
    ]),
    ...permissions.map((name) => `${root}.permissions.${name}`),
  ];
}

const API = 'webextensions.api';
const MANIFEST = 'webextensions.manifest';

/**
 * Missing features, with the reasons why that does no harm.
 * @type {readonly Exception[]}
 */
export const EXCEPTIONS = [
  {
    reason:
      'navigator.gpu is looked at first (package-workers.ts); without it the processor paints',
    browsers: ['chrome', 'firefox', 'firefox_android'],
    keys: ['api.Navigator.gpu', 'api.GPU*'],
  },
  {
    reason: 'only dedicated workers start workers',
    browsers: ['chrome', 'safari'],
    keys: ['api.Worker.worker_support'],
  },
  {
    reason: 'a MediaStream is all that it is given or asked for',
    browsers: ['chrome', 'firefox', 'firefox_android'],
    keys: ['api.HTMLMediaElement.srcObject'],
  },
  {
    reason: 'where it is missing, the top frame is meant',
    browsers: ['chrome', 'safari'],
    keys: [`${API}.menus.OnClickData.frameId`],
  },
  {
    reason: 'where it is missing, the address tells the element, or the person points at it',
    browsers: ['chrome', 'safari'],
    keys: [`${API}.menus.OnClickData.targetElementId`],
  },
  {
    reason: 'asked for by `?.`, and not in Chrome (background/main.ts): the engine starts later',
    browsers: ['chrome', 'safari'],
    keys: [`${API}.menus`, `${API}.menus.onShown`],
  },
  {
    reason: 'where it is missing, a sentence says how to get there (shortcuts.tsx)',
    browsers: ['chrome', 'safari'],
    keys: [`${API}.commands.openShortcutSettings`],
  },
  {
    reason: 'looked at first (background/engine-host.ts): the background page hosts the engine',
    browsers: ['firefox', 'safari', 'firefox_android'],
    keys: [`${API}.offscreen*`],
  },
  {
    reason: 'only called where there are offscreen documents',
    browsers: ['safari'],
    keys: [`${API}.runtime.getContexts`],
  },
  {
    reason: 'only offered where the manifest has the permission (videos.ts)',
    browsers: ['firefox', 'safari', 'firefox_android'],
    keys: [`${API}.tabCapture*`],
  },
  {
    reason: "an element's own property is asked before (dom.ts)",
    browsers: ['firefox', 'firefox_android'],
    keys: [`${API}.dom*`],
  },
  {
    reason: 'set, and of no effect where it is missing: a sample is a little rougher',
    browsers: ['firefox', 'firefox_android'],
    keys: ['api.OffscreenCanvasRenderingContext2D.imageSmoothingQuality'],
  },
  {
    reason: 'the stream has it there (recorder.ts)',
    browsers: ['firefox', 'firefox_android'],
    keys: ['api.CanvasCaptureMediaStreamTrack.requestFrame'],
  },
  {
    reason: 'undefined where it is missing, and then no video is in a window of its own for us',
    browsers: ['firefox', 'firefox_android'],
    keys: ['api.Document.pictureInPictureElement'],
  },
  {
    reason: 'the browser has both names of it; the data knows only the other one',
    browsers: ['firefox'],
    keys: [`${MANIFEST}.permissions.menus`],
  },
  {
    reason: 'what is synchronised stays on the machine, as where somebody has switched it off',
    browsers: ['safari', 'firefox_android'],
    keys: [`${API}.storage.sync`],
  },
  {
    reason: 'a picture is painted for the size that it has without zoom',
    browsers: ['safari'],
    keys: ['api.Window.devicePixelRatio'],
  },
  {
    reason: 'looked for first, with a timer in its place (seal.ts)',
    browsers: ['safari'],
    keys: ['api.Window.requestIdleCallback'],
  },
  {
    reason: "looked for first (canPaintFrames): only an animation's first frame is painted",
    browsers: ['safari'],
    keys: ['api.ImageDecoder*', 'api.ImageTrack*'],
  },
  {
    reason: 'a tab is what is wanted',
    browsers: ['safari'],
    keys: [`${MANIFEST}.options_ui.open_in_tab`],
  },
  {
    reason:
      'each is looked for first; the palette has a button in place of the menu (has-menus.ts)',
    browsers: ['firefox_android'],
    keys: [`${API}.menus*`, `${API}.commands*`, `${API}.windows*`],
  },
  {
    reason: 'ignored with a warning: both packages are one',
    browsers: ['firefox_android'],
    keys: [
      `${MANIFEST}.commands`,
      `${MANIFEST}.permissions.contextMenus`,
      `${MANIFEST}.permissions.menus`,
    ],
  },
  {
    reason: 'for the other edition of the browser, which reads it',
    browsers: ['firefox'],
    keys: [`${MANIFEST}.browser_specific_settings.gecko_android`],
  },
  {
    reason: 'tabs that were unloaded have no content script, and the active one is always there',
    browsers: ['firefox_android'],
    keys: [`${API}.tabs.query`],
  },
  {
    reason: 'not used there for videos (sharp-screen.ts): the worker adds the details',
    browsers: ['firefox_android'],
    keys: ['api.WebGL2RenderingContext.texImage2D'],
  },
  {
    reason:
      'the event itself follows those that it stands for (stage.tsx): a line has fewer points',
    browsers: ['firefox_android'],
    keys: ['api.PointerEvent.getCoalescedEvents'],
  },
];
