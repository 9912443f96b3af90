import { describe, expect, it } from 'vitest';

import { problemsOf } from '../../scripts/package-rules.mjs';

const text = (contents: string): Uint8Array => new TextEncoder().encode(contents);

const SIDES = [16, 32, 48, 128];

const MANIFEST = {
  name: '__MSG_name__',
  description: '__MSG_what__',
  version: '1.2.3',
  default_locale: 'en',
  background: { scripts: ['background.js'] },
  icons: Object.fromEntries(SIDES.map((side) => [side, `${side}.png`])),
};

const messages = (name: string, what: string): Uint8Array =>
  text(JSON.stringify({ name: { message: name }, what: { message: what } }));

/** The beginning of a PNG, up to its size. */
function png(side: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, 0x89504e47);
  header.setUint32(16, side);
  header.setUint32(20, side);
  return new Uint8Array(header.buffer);
}

function firefoxFiles(manifest: object = MANIFEST): Record<string, Uint8Array> {
  const names = [
    ...[
      'LICENSE',
      'THIRD_PARTY.md',
      'content.js',
      'kernels.wasm',
      'steady.wasm',
      'engine-kernels.js',
    ],
    ...['engine-ort.js', 'onnxruntime.wasm', 'style-encoder.js', 'background.js'],
    ...['models/pastiche.onnx', 'models/pastiche-live.onnx', 'models/style-encoder.onnx'],
    'models/styles.json',
  ];
  const files = Object.fromEntries(names.map((name) => [name, text(name)]));
  const icons = Object.fromEntries(SIDES.map((side) => [`${side}.png`, png(side)]));
  return {
    ...files,
    ...icons,
    '_locales/en/messages.json': messages('Pastiche', 'It paints.'),
    'manifest.json': text(JSON.stringify(manifest)),
  };
}

describe('a package', () => {
  it('may have what it needs', () => {
    expect(problemsOf('firefox', '1.2.3', firefoxFiles(), 1000)).toEqual([]);
  });

  it.each([
    ['models/pastiche.onnx.gz', 'does not belong'],
    ['content.js.map', 'does not belong'],
    ['models/.DS_Store', 'stores refuse'],
    ['_metadata/verified.json', 'stores refuse'],
    ['a b.js', 'odd characters'],
    ['notes.txt', 'of a kind that nothing here is'],
    ['offscreen.html', 'of no use but in Chrome'],
    ['models/aux.json', 'Windows keeps for itself'],
    ['CONTENT.js', 'differ only in capital letters'],
    ['_locales/GLOSSARY.md', 'no messages of a language'],
  ])('may not have %s', (name, reason) => {
    const files = { ...firefoxFiles(), [name]: text('x') };
    const problems = problemsOf('firefox', '1.2.3', files, 1000);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(reason);
  });

  it('may not lack a file that its manifest names', () => {
    const files = firefoxFiles({ ...MANIFEST, action: { default_popup: 'popup.html' } });
    expect(problemsOf('firefox', '1.2.3', files, 1000)).toEqual(['popup.html is missing']);
  });

  it.each([
    ['far.js', 'const make = new Function("return 1");', 'code made from a string'],
    ['far.js', 'eval(text)', 'eval'],
    ['far.js', 'importScripts("https://example.org/a.js")', 'the address of remote code'],
    ['far.html', '<script src="https://example.org/a.js"></script>', 'not a file of the package'],
    ['far.html', '<script>run()</script>', 'not a file of the package'],
  ])('may not have code from elsewhere or from strings: %s %s', (name, code, reason) => {
    const problems = problemsOf(
      'firefox',
      '1.2.3',
      { ...firefoxFiles(), [name]: text(code) },
      1000,
    );
    expect(problems).toEqual([expect.stringContaining(reason)]);
  });

  it('may have scripts of its own in its pages', () => {
    const page = text('<script type="module" src="content.js"></script>');
    expect(problemsOf('firefox', '1.2.3', { ...firefoxFiles(), 'a.html': page }, 1000)).toEqual([]);
  });

  it('has every message of its manifest in every language, as short as stores show it', () => {
    const files = {
      ...firefoxFiles(),
      '_locales/de/messages.json': messages('P'.repeat(46), 'w'.repeat(133)),
      '_locales/pt_BR/messages.json': messages('Pastiche', ''),
    };
    expect(problemsOf('firefox', '1.2.3', files, 1000)).toEqual([
      '_locales/de/messages.json: name has 46 characters, more than 45',
      '_locales/de/messages.json: description has 133 characters, more than 132',
      '_locales/pt_BR/messages.json has no what',
    ]);
    const without = firefoxFiles();
    delete without['_locales/en/messages.json'];
    expect(problemsOf('firefox', '1.2.3', without, 1000)).toEqual([
      '_locales/en/messages.json is missing',
    ]);
  });

  it('has icons of the sizes that stores want', () => {
    const files = { ...firefoxFiles(), '48.png': png(47), '16.png': text('no picture') };
    expect(problemsOf('firefox', '1.2.3', files, 1000)).toEqual([
      '16.png is no PNG of 16 pixels',
      '48.png is no PNG of 48 pixels',
    ]);
  });

  it('may not be of another version, too large, or the build for tests', () => {
    const files = firefoxFiles({ ...MANIFEST, host_permissions: ['<all_urls>'] });
    const problems = problemsOf('firefox', '2.0.0', files, 1e9);
    expect(problems).toHaveLength(3);
    expect(problems.join()).toMatch(/bytes, more than.*version 1\.2\.3.*the build for tests/);
  });
});
