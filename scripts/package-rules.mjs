/** What may be in a package, and how large it may be. Pure. */

/** @typedef {import('./manifest.mjs').Browser} Browser */

/** Largest archive, in bytes: about a fifth more than it is, so that growth is a decision. */
const MAX_BYTES = { chrome: 21e6, firefox: 15.5e6 };

/** Endings of what a package is made of. */
const KNOWN = /(^LICENSE|\.(css|html|jpg|js|json|md|onnx|png|svg|wasm))$/;

/** What stores refuse, or what betrays the machine that built it. */
const FOREIGN = [
  { name: /\.(gz|br|zip|map|ts|tsx|mjs|pt|py)$/, reason: 'does not belong into a package' },
  { name: /(^|\/)[._](?!locales\/)/, reason: 'has a name that stores refuse' },
  { name: /[^\w./-]/, reason: 'has a name with odd characters' },
];

/** Files that both packages must have, whatever the manifest names. */
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

/** Files that one browser needs and the other has no use for. */
const OWN = {
  chrome: ['bridge.html', 'offscreen.html'],
  firefox: /** @type {string[]} */ ([]),
};

/**
 * What is wrong with a package, in sentences; none if it may go to a store.
 * @param {Browser} browser
 * @param {string} version That the manifest must have.
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
    if (files[name]?.length === 0) problems.push(`${name} is empty`);
  }
  const manifest = JSON.parse(new TextDecoder().decode(files['manifest.json']) || '{}');
  if (manifest.version !== version) {
    problems.push(`the manifest is of version ${manifest.version}, package.json of ${version}`);
  }
  if (manifest.host_permissions || manifest.content_scripts) {
    problems.push('the manifest asks for sites from the start: this is the build for tests');
  }
  for (const name of [...NEEDED, ...OWN[browser], ...filesIn(manifest)]) {
    if (!files[name]) problems.push(`${name} is missing`);
  }
  for (const name of browser === 'firefox' ? OWN.chrome : []) {
    if (files[name]) problems.push(`${name} is of no use in Firefox`);
  }
  return problems;
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
