/**
 * @typedef {'chrome' | 'firefox' | 'safari'} Browser
 * @typedef {Record<string, any>} Manifest
 */

/** Keys and permissions that a browser warns about or refuses. */
const UNKNOWN_TO = {
  chrome: {
    keys: ['browser_specific_settings'],
    background: ['scripts', 'persistent'],
    settings: /** @type {string[]} */ ([]),
    permissions: ['menus'],
  },
  firefox: {
    keys: [
      'cross_origin_embedder_policy',
      'cross_origin_opener_policy',
      'message_serialization',
      'minimum_chrome_version',
      // The bridge frame, which needs a service worker to pass a port on.
      'web_accessible_resources',
    ],
    background: ['service_worker', 'persistent'],
    settings: ['safari'],
    permissions: ['offscreen', 'tabCapture'],
  },
  safari: {
    keys: [
      'cross_origin_embedder_policy',
      'cross_origin_opener_policy',
      'message_serialization',
      'minimum_chrome_version',
      'web_accessible_resources',
    ],
    background: ['service_worker'],
    settings: ['gecko', 'gecko_android'],
    permissions: ['menus', 'offscreen', 'tabCapture'],
  },
};

/**
 * The manifest for one browser: the common one without its unknown keys.
 * @param {Browser} browser
 * @param {Manifest} manifest The common manifest; it is not changed.
 * @returns {Manifest}
 */
export function manifestFor(browser, manifest) {
  const unknown = UNKNOWN_TO[browser];
  const result = without(manifest, unknown.keys);
  const { background, browser_specific_settings: settings } = result;
  if (background) result.background = without(background, unknown.background);
  if (settings) result.browser_specific_settings = without(settings, unknown.settings);
  for (const key of ['permissions', 'optional_permissions']) {
    if (!result[key]) continue;
    result[key] = result[key].filter(
      (/** @type {string} */ name) => !unknown.permissions.includes(name),
    );
    if (result[key].length === 0) delete result[key];
  }
  return result;
}

/**
 * The manifest of a build with access to every site and all permissions, for tests that need them: a
 * test can't answer the browser's own question.
 * @param {Manifest} manifest
 * @returns {Manifest}
 */
export function withEverySiteGranted(manifest) {
  const { optional_permissions: optional = [], ...others } = manifest;
  const result = without(others, ['optional_host_permissions']);
  result.permissions = [...(result.permissions ?? []), ...optional];
  result.host_permissions = ['<all_urls>'];
  return result;
}

/**
 * @param {Manifest} object
 * @param {readonly string[]} keys
 * @returns {Manifest}
 */
function without(object, keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
