import { describe, expect, it } from 'vitest';

import { problemsOf } from '../../scripts/package-rules.mjs';

const text = (contents: string): Uint8Array => new TextEncoder().encode(contents);

const MANIFEST = { version: '1.2.3', background: { scripts: ['background.js'] } };

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
  return { ...files, 'manifest.json': text(JSON.stringify(manifest)) };
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
    ['offscreen.html', 'of no use in Firefox'],
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

  it('may not be of another version, too large, or the build for tests', () => {
    const files = firefoxFiles({ ...MANIFEST, host_permissions: ['<all_urls>'] });
    const problems = problemsOf('firefox', '2.0.0', files, 1e9);
    expect(problems).toHaveLength(3);
    expect(problems.join()).toMatch(/bytes, more than.*version 1\.2\.3.*the build for tests/);
  });
});
