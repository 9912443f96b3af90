/** Checks a package's contents and size by the rules of all stores. Pure. */

import { forbiddenIn } from './harden.mjs';

/** @typedef {import('./manifest.mjs').Browser} Browser */

/** Largest archive, in bytes: about a fifth more than it is, so that growth is a decision. */
const MAX_BYTES = { chrome: 14e6, firefox: 13e6, safari: 13e6 };

/** Maximum size of a script, style sheet, page or list that AMO parses. */
const MAX_TEXT_BYTES = 4e6;

/** Maximum length of messages in stores, in characters: Edge's for names, Chrome's for the description. */
const MAX_LENGTHS = { name: 45, short_name: 12, description: 132 };

/** Sides of the icons for stores and browsers, in pixels. */
const ICONS = [16, 32, 48, 128];

/** File extensions in a package. */
const KNOWN = /(^LICENSE|\.(css|html|jpg|js|json|md|onnx|png|svg|wasm))$/;

/** Files that stores refuse, or that reveal the build machine. */
const FOREIGN = [
  { name: /\.(gz|br|zip|map|ts|tsx|mjs|pt|py)$/, reason: 'does not belong into a package' },
  { name: /(^|\/)[._](?!locales\/)/, reason: 'has a name that stores refuse' },
  { name: /[^\w./-]/, reason: 'has a name with odd characters' },
  {
    name: /(^|\/)(con|prn|aux|nul|com\d|lpt\d)(\.|\/|$)/i,
    reason: 'has a name that Windows keeps for itself',
  },
  {
    name: /^_locales\/(?![a-z]{2,3}(_[A-Z]{2}|_419)?\/messages\.json$)/,
    reason: 'is no messages of a language',
  },
];

/** Files that all packages must have, whatever the manifest names. */
const NEEDED = [
  'LICENSE',
  'THIRD_PARTY.md',
  'manifest.json',
  'content.js',
  'kernels.wasm',
  'steady.wasm',
  'engine-kernels.js',
  'engine-ort.js',
  'onnxruntime.wasm',
  'style-encoder.js',
  'models/pastiche.onnx',
  'models/pastiche-live.onnx',
  'models/style-encoder.onnx',
  'models/styles.json',
];

/** Files that only one browser needs. */
const OWN = {
  chrome: ['bridge.html', 'offscreen.html'],
  firefox: /** @type {string[]} */ ([]),
  safari: /** @type {string[]} */ ([]),
};

/**
 * Problems of a package, as messages; none if it may go to a store.
 * @param {Browser} browser
 * @param {string} version Required version of the manifest.
 * @param {Readonly<Record<string, Uint8Array>>} files By path.
 * @param {number} size Of the archive, in bytes.
 * @returns {string[]}
 */
export function problemsOf(browser, version, files, size) {
  const names = Object.keys(files);
  /** @type {string[]} */
  const problems = [];
  if (size > MAX_BYTES[browser]) {
    problems.push(`the archive has ${size} bytes, more than ${MAX_BYTES[browser]}`);
  }
  for (const name of names) {
    const foreign = FOREIGN.find((rule) => rule.name.test(name));
    if (foreign) problems.push(`${name} ${foreign.reason}`);
    else if (!KNOWN.test(name)) problems.push(`${name} is of a kind that nothing here is`);
    const bytes = files[name]?.length ?? 0;
    if (bytes === 0) problems.push(`${name} is empty`);
    if (bytes > MAX_TEXT_BYTES && /\.(css|html|js|json)$/.test(name)) {
      problems.push(`${name} has ${bytes} bytes, more than stores parse`);
    }
  }
  const folded = new Set(names.map((name) => name.toLowerCase()));
  if (folded.size < names.length) problems.push('two names differ only in capital letters');
  const manifest = jsonIn(files['manifest.json']);
  if (manifest.version !== version) {
    problems.push(`the manifest is of version ${manifest.version}, package.json of ${version}`);
  }
  if (manifest.host_permissions || manifest.content_scripts) {
    problems.push('the manifest asks for sites from the start: this is the build for tests');
  }
  for (const name of [...NEEDED, ...OWN[browser], ...filesIn(manifest)]) {
    if (!files[name]) problems.push(`${name} is missing`);
  }
  for (const name of browser === 'chrome' ? [] : OWN.chrome) {
    if (files[name]) problems.push(`${name} is of no use but in Chrome`);
  }
  return [
    ...problems,
    ...problemsOfMessages(manifest, files),
    ...problemsOfIcons(manifest, files),
    ...problemsOfCode(files),
  ];
}

/**
 * Requires every message that the manifest names in every language, no longer than stores show it.
 * @param {import('./manifest.mjs').Manifest} manifest
 * @param {Readonly<Record<string, Uint8Array>>} files
 * @returns {string[]}
 */
function problemsOfMessages(manifest, files) {
  const languages = Object.keys(files).filter((name) =>
    /^_locales\/\w+\/messages\.json$/.test(name),
  );
  const main = `_locales/${manifest.default_locale}/messages.json`;
  /** @type {string[]} */
  const problems = [];
  if (!languages.includes(main)) problems.push(`${main} is missing`);
  const named = JSON.stringify(manifest).matchAll(/__MSG_(\w+?)__/g);
  const keys = new Set([...named].map(([, key]) => String(key)));
  for (const file of languages) {
    const messages = jsonIn(files[file]);
    for (const key of keys) {
      if (!messages[key]?.message) problems.push(`${file} has no ${key}`);
    }
    for (const [field, most] of Object.entries(MAX_LENGTHS)) {
      const shown = String(manifest[field] ?? '').replace(
        /__MSG_(\w+)__/,
        (_, key) => messages[key]?.message ?? '',
      );
      if (shown.length > most) {
        problems.push(`${file}: ${field} has ${shown.length} characters, more than ${most}`);
      }
    }
  }
  return problems;
}

/**
 * Requires every icon of the manifest to be a PNG of its stated size.
 * @param {import('./manifest.mjs').Manifest} manifest
 * @param {Readonly<Record<string, Uint8Array>>} files
 * @returns {string[]}
 */
function problemsOfIcons({ icons = {} }, files) {
  return ICONS.flatMap((side) => {
    const file = files[icons[side]];
    if (!file) return [`there is no icon of ${side} pixels`];
    // The first chunk of a PNG contains its size.
    const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
    const isRight =
      file.length >= 24 &&
      header.getUint32(0) === 0x89504e47 &&
      header.getUint32(16) === side &&
      header.getUint32(20) === side;
    return isRight ? [] : [`${icons[side]} is no PNG of ${side} pixels`];
  });
}

/**
 * Forbids code from elsewhere, or made from strings.
 * @param {Readonly<Record<string, Uint8Array>>} files
 * @returns {string[]}
 */
function problemsOfCode(files) {
  return Object.entries(files).flatMap(([name, contents]) => {
    if (!/\.(html|js|svg)$/.test(name)) return [];
    const text = new TextDecoder().decode(contents);
    const found = name.endsWith('.js')
      ? forbiddenIn(text)
      : /<script(?![^>]*\ssrc="[\w./-]+")/i.exec(text);
    if (!found) return [];
    const reason = 'reason' in found ? found.reason : 'a script that is not a file of the package';
    return [`${name} has ${reason}`];
  });
}

/**
 * @param {Uint8Array | undefined} contents
 * @returns {Record<string, any>}
 */
function jsonIn(contents) {
  return JSON.parse(new TextDecoder().decode(contents) || '{}');
}

/**
 * The files that a manifest names.
 * @param {import('./manifest.mjs').Manifest} manifest
 * @returns {string[]}
 */
function filesIn({
  icons,
  action,
  options_ui: options,
  background,
  web_accessible_resources: web,
}) {
  return [
    ...Object.values(icons ?? {}),
    action?.default_popup,
    options?.page,
    background?.service_worker,
    ...(background?.scripts ?? []),
    ...(web ?? []).flatMap((/** @type {{ resources: string[] }} */ { resources }) => resources),
  ].filter((file) => file !== undefined);
}
