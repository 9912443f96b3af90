/** Requirements of the stores for a listing, as far as they can be checked offline. Pure. */

/**
 * @typedef {Record<string, any>} Manifest
 *
 * @typedef {object} Listing What a store shows in one language.
 * @property {string} title
 * @property {string} summary
 * @property {string} description Plain text.
 *
 * @typedef {object} Privacy `store/privacy.json`.
 * @property {string} singlePurpose
 * @property {{ isUsed: boolean, reason: string }} remoteCode
 * @property {Readonly<Record<string, boolean>>} collected By kind of data, as Chrome's store asks for it.
 * @property {string} collectedReason
 * @property {Readonly<Record<string, boolean>>} certified
 * @property {string} policy
 *
 * @typedef {object} Clip What a film is.
 * @property {string} format Name of the container.
 * @property {number} width In pixels.
 * @property {number} height
 * @property {number} seconds
 * @property {number} bytes
 */

/** Pixels. */
export const SCREENSHOT = { width: 1280, height: 800 };
export const TILES = {
  'tile-440x280.png': { width: 440, height: 280 },
  'tile-1400x560.png': { width: 1400, height: 560 },
};

/** Maximum number in Chrome's store, in every language. */
const MAX_SCREENSHOTS = 5;

/** AMO's limit for a picture. */
const MAX_PICTURE_BYTES = 4e6;

/** Characters; the strictest store's: Edge for titles and descriptions, Chrome for summaries. */
const MAX_TITLE = 45;
const MAX_SUMMARY = 132;
const MIN_DESCRIPTION = 250;
const MAX_DESCRIPTION = 10_000;

/** Maximum number of repetitions of a keyword in Chrome's store. */
const MAX_REPETITIONS = 5;

/** Words that are always capitalised and are no keywords: the Indonesian “you”. */
const NO_KEYWORDS = ['Anda'];

/** Length of Chrome's fields for reasons, in characters. */
const MAX_REASON = 1000;
/** Minimum length; a shorter reason tells a reviewer nothing. */
const MIN_REASON = 60;

/** Seconds. */
const CLIP_SECONDS = { from: 29, to: 31 };

/** The kinds of data that Chrome's store asks about. */
const DATA_KINDS = [
  'Personally identifiable information',
  'Health information',
  'Financial and payment information',
  'Authentication information',
  'Personal communications',
  'Location',
  'Web history',
  'User activity',
  'Website content',
];

/** Number of statements that Chrome's store requires to be certified. */
const CERTIFIED = 3;

/** Refused by the stores in every language. */
const FORBIDDEN = [
  {
    text: /\b(Chrome|Chromium|Google|Firefox|Mozilla|Edge|Microsoft|Safari|Apple|Opera|Brave)\b/,
    reason: 'names a browser, a store or its maker',
  },
  { text: /https?:|www\./i, reason: 'has an address' },
  { text: /<\/?[a-z][^>]*>|&[a-z]+;|\*\*|^#/im, reason: 'has markup, which is shown as it is' },
  { text: /TODO|FIXME|[Ll]orem ipsum|\{\w*\}|\$\w+\$/, reason: 'is not finished' },
  { text: /[\u{1F300}-\u{1FAFF}\u2605\u2606]/u, reason: 'has pictographs' },
  { text: /#\s?1\b|5\/5/, reason: 'praises itself' },
];

/**
 * Superlatives, prices and rankings, in each language: stores refuse them.
 * @type {Readonly<Record<string, RegExp>>}
 */
const PRAISE = {
  en: /\b(best|fastest|number one|no\. ?1|top[- ]rated|most popular|award|free|guaranteed?)\b/i,
  de: /\b(beste[nrsm]?|schnellste\w*|nr\. ?1|beliebteste\w*|kostenlos\w*|gratis|garantiert\w*)\b/i,
  fr: /\b(meilleure?s?|le plus rapide|n[°º] ?1|gratuit\w*|garantie?)\b/i,
  es: /\b(el mejor|la mejor|número uno|n\.º ?1|gratis|gratuit\w*|garantizad\w*)\b/i,
  pt_BR: /\b(o melhor|a melhor|número um|nº ?1|grátis|gratuit\w*|garantid\w*)\b/i,
  it: /\b(il migliore|la migliore|numero uno|n\. ?1|gratis|gratuit\w*|garantit\w*)\b/i,
  pl: /najleps|numer jeden|nr 1|darmow|bezpłatn|gwarant/i,
  ru: /лучш|номер один|№ ?1|бесплатн|гарантир/i,
  uk: /найкращ|номер один|№ ?1|безкоштовн|безплатн|гарант/i,
  tr: /en iyi|en hızlı|bir numara|ücretsiz|bedava|garanti/i,
  hi: /सर्वश्रेष्ठ|सबसे अच्छ|नंबर वन|मुफ़्त|मुफ्त|गारंटी/,
  id: /\b(terbaik|tercepat|nomor satu|gratis|dijamin)\b/i,
  vi: /tốt nhất|nhanh nhất|số một|miễn phí|đảm bảo/i,
  ko: /최고|최상|1위|무료|보장/,
  ja: /最高|最速|ナンバーワン|No\.? ?1|無料|保証/i,
  zh_CN: /最好|最佳|第一|免费|保证/,
  zh_TW: /最好|最佳|第一|免費|保證/,
  ar: /الأفضل|أفضل|رقم واحد|مجان|مضمون/,
  he: /הטוב ביותר|הכי טוב|מספר אחת|חינם|מובטח/,
};

/**
 * The problems of the texts, as messages.
 * @param {readonly string[]} languages Supported by the extension.
 * @param {Readonly<Record<string, Listing | undefined>>} listings By language.
 * @returns {string[]}
 */
export function problemsOfListings(languages, listings) {
  const unknown = Object.keys(listings).filter((language) => !languages.includes(language));
  return [
    ...unknown.map((language) => `there is a description in ${language}, which is not spoken`),
    ...languages.flatMap((language) => {
      const listing = listings[language];
      return listing
        ? problemsOfListing(language, listing).map((problem) => `${language}: ${problem}`)
        : [`${language} has no description`];
    }),
  ];
}

/**
 * @param {string} language
 * @param {Listing} listing
 * @returns {string[]}
 */
function problemsOfListing(language, { title, summary, description }) {
  const lengths = /** @type {const} */ ([
    ['title', title, 1, MAX_TITLE],
    ['summary', summary, 1, MAX_SUMMARY],
    ['description', description, MIN_DESCRIPTION, MAX_DESCRIPTION],
  ]);
  const praise = PRAISE[language];
  const rules = [...FORBIDDEN, ...(praise ? [{ text: praise, reason: 'praises itself' }] : [])];
  return [
    ...lengths.flatMap(([name, text, least, most]) =>
      lengthProblem(`the ${name}`, text, least, most),
    ),
    ...(praise ? [] : ['nobody has said which words praise in it (PRAISE)']),
    ...Object.entries({ title, summary, description }).flatMap(([name, text]) =>
      rules.flatMap((rule) => {
        const [found] = rule.text.exec(text) ?? [];
        return found === undefined ? [] : [`the ${name} ${rule.reason}: “${found}”`];
      }),
    ),
    ...repeated(title, description),
  ];
}

/**
 * @param {string} what
 * @param {string} text
 * @param {number} least
 * @param {number} most
 * @returns {string[]}
 */
function lengthProblem(what, text, least, most) {
  const { length } = text.trim();
  if (length < least) return [`${what} has ${length} characters, fewer than ${least}`];
  return length > most ? [`${what} has ${length} characters, more than ${most}`] : [];
}

/**
 * Finds repetitions, beyond the limit, of the product's name and of other capitalised words.
 * @param {string} title
 * @param {string} description
 * @returns {string[]}
 */
function repeated(title, description) {
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const [word] of description.matchAll(/(?<=\p{L}\p{M}* )\p{Lu}\p{L}{3,}/gu)) {
    if (!NO_KEYWORDS.includes(word)) times.set(word, (times.get(word) ?? 0) + 1);
  }
  times.set(title, description.split(title).length - 1);
  return [...times]
    .filter(([, count]) => count > MAX_REPETITIONS)
    .map(
      ([word, count]) =>
        `the description has “${word}” ${count} times, more than ${MAX_REPETITIONS}`,
    );
}

/**
 * Every permission that a manifest requests, required or optional.
 * @param {Manifest} manifest
 * @returns {string[]}
 */
export function permissionsOf(manifest) {
  return [
    'permissions',
    'host_permissions',
    'optional_permissions',
    'optional_host_permissions',
  ].flatMap((key) => manifest[key] ?? []);
}

/**
 * Checks that every permission has a reason that fits the store's field, and that there are no other
 * reasons.
 * @param {Manifest} manifest
 * @param {Readonly<Record<string, string>>} reasons By permission.
 * @returns {string[]}
 */
export function problemsOfPermissions(manifest, reasons) {
  const asked = permissionsOf(manifest);
  return [
    ...asked.filter((name) => !(name in reasons)).map((name) => `${name} has no justification`),
    ...Object.entries(reasons).flatMap(([name, reason]) =>
      asked.includes(name)
        ? lengthProblem(`the justification of ${name}`, reason, MIN_REASON, MAX_REASON)
        : [`${name} is justified, but not asked for`],
    ),
  ];
}

/**
 * Checks that every question about privacy is answered, consistently with the manifest.
 * @param {Manifest} manifest
 * @param {Privacy} privacy
 * @returns {string[]}
 */
export function problemsOfPrivacy(manifest, privacy) {
  const { collected, certified, remoteCode } = privacy;
  const declared =
    manifest['browser_specific_settings']?.gecko?.data_collection_permissions?.required;
  const saysNone = JSON.stringify(declared) === '["none"]';
  const kinds = Object.keys(collected).filter((kind) => collected[kind]);
  const unsure = Object.keys(certified).filter((statement) => !certified[statement]);
  return [
    ...DATA_KINDS.filter((kind) => typeof collected[kind] !== 'boolean').map(
      (kind) => `it is not said whether ${kind} is collected`,
    ),
    ...Object.keys(collected)
      .filter((kind) => !DATA_KINDS.includes(kind))
      .map((kind) => `no store asks about ${kind}`),
    ...(saysNone === (kinds.length === 0)
      ? []
      : [
          `the manifest declares ${JSON.stringify(declared)}, the answers ${kinds.join(', ') || 'nothing'}`,
        ]),
    ...(Object.keys(certified).length === CERTIFIED
      ? []
      : [`${CERTIFIED} statements are to be certified`]),
    ...unsure.map((statement) => `“${statement}” is not certified`),
    ...(remoteCode.isUsed ? ['stores take no remote code'] : []),
    ...lengthProblem('the single purpose', privacy.singlePurpose, MIN_REASON, MAX_REASON),
    ...lengthProblem('the reason for no remote code', remoteCode.reason, MIN_REASON, MAX_REASON),
    ...lengthProblem('what is said of data', privacy.collectedReason, MIN_REASON, MAX_REASON),
    ...lengthProblem('the privacy policy', privacy.policy, MIN_DESCRIPTION, MAX_DESCRIPTION),
  ];
}

/**
 * Checks that every language has every screenshot, in the stores' format, and that no two languages
 * have the same one.
 * @param {readonly string[]} languages The requested ones.
 * @param {readonly string[]} scenes Names of files.
 * @param {Readonly<Record<string, Uint8Array>>} files PNG by path: `LANGUAGE/SCENE`, and the tiles.
 * @returns {string[]}
 */
export function problemsOfPictures(languages, scenes, files) {
  const wanted = new Map([
    ...languages.flatMap((language) =>
      scenes.map((scene) => /** @type {const} */ ([`${language}/${scene}`, SCREENSHOT])),
    ),
    ...Object.entries(TILES),
  ]);
  return [
    ...(scenes.length > MAX_SCREENSHOTS
      ? [`there are ${scenes.length} screenshots, more than ${MAX_SCREENSHOTS}`]
      : []),
    ...[...wanted].flatMap(([name, size]) => {
      const file = files[name];
      return file
        ? problemsOfPicture(file, size).map((problem) => `${name} ${problem}`)
        : [`${name} is missing`];
    }),
    ...scenes.flatMap((scene) => sameIn(scene, languages, files)),
  ];
}

/**
 * @param {Uint8Array} file
 * @param {{ width: number, height: number }} size
 * @returns {string[]}
 */
function problemsOfPicture(file, { width, height }) {
  // The first chunk of a PNG contains its size and its colour type.
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 26 || header.getUint32(0) !== 0x89504e47) return ['is no PNG'];
  const [wide, high] = [header.getUint32(16), header.getUint32(20)];
  return [
    ...(wide === width && high === height
      ? []
      : [`has ${wide}×${high} pixels, not ${width}×${height}`]),
    ...(header.getUint8(24) === 8 && header.getUint8(25) === 2
      ? []
      : ['is not of 24 bits without alpha']),
    ...(file.length > MAX_PICTURE_BYTES
      ? [`has ${file.length} bytes, more than ${MAX_PICTURE_BYTES}`]
      : []),
  ];
}

/**
 * Languages with byte-identical pictures: one of them is not translated.
 * @param {string} scene
 * @param {readonly string[]} languages
 * @param {Readonly<Record<string, Uint8Array>>} files
 * @returns {string[]}
 */
function sameIn(scene, languages, files) {
  /** @type {Map<string, string>} */
  const seen = new Map();
  return languages.flatMap((language) => {
    const file = files[`${language}/${scene}`];
    if (!file) return [];
    const bytes = Buffer.from(file).toString('latin1');
    const other = seen.get(bytes);
    seen.set(bytes, language);
    return other === undefined ? [] : [`${language}/${scene} is the same as in ${other}`];
  });
}

/**
 * @param {Clip} clip
 * @returns {string[]}
 */
export function problemsOfClip({ format, width, height, seconds, bytes }) {
  const { from, to } = CLIP_SECONDS;
  return [
    ...(/\bwebm\b/.test(format) ? [] : [`the clip is ${format}, not WebM`]),
    ...(width === SCREENSHOT.width && height === SCREENSHOT.height
      ? []
      : [`the clip has ${width}×${height} pixels`]),
    ...(seconds >= from && seconds <= to ? [] : [`the clip takes ${seconds} seconds, not 30`]),
    ...(bytes > 0 ? [] : ['the clip is empty']),
  ];
}

/**
 * Checks that the reviewers' notes have no placeholder left, and contain these facts.
 * @param {string} notes
 * @param {readonly string[]} facts
 * @returns {string[]}
 */
export function problemsOfNotes(notes, facts) {
  const open = [...notes.matchAll(/\{\w*\}/g)].map(
    ([name]) => `the reviewers’ notes leave ${name} open`,
  );
  return [
    ...open,
    ...facts
      .filter((fact) => !notes.includes(fact))
      .map((fact) => `the reviewers’ notes lack ${fact}`),
  ];
}
