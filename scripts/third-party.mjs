/**
 * THIRD_PARTY.md: the third-party code in the packages, with its licences. It is made from the inputs
 * that the bundler reports, so that none is forgotten, and is part of every package.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Packages in other packages' bundles, which our bundler doesn't report. */
const INSIDE = { 'onnxruntime-web': ['onnxruntime-common'] };

/** Copyright lines of packages without a licence text. */
const COPYRIGHTS = {
  'onnxruntime-web': 'Copyright (c) Microsoft Corporation',
  'onnxruntime-common': 'Copyright (c) Microsoft Corporation',
};

/** Sources of onnxruntime-web's WebAssembly besides ONNX Runtime itself. */
const IN_RUNTIME = [
  ['Abseil', 'Apache-2.0', 'https://github.com/abseil/abseil-cpp'],
  ['Dawn and Tint (the file with WebGPU only)', 'BSD-3-Clause', 'https://dawn.googlesource.com'],
  ['Eigen', 'MPL-2.0', 'https://gitlab.com/libeigen/eigen'],
  ['Emscripten’s system libraries, with musl', 'MIT', 'https://github.com/emscripten-core'],
  ['FlatBuffers', 'Apache-2.0', 'https://github.com/google/flatbuffers'],
  ['Guidelines Support Library', 'MIT', 'https://github.com/microsoft/GSL'],
  ['JSON for Modern C++', 'MIT', 'https://github.com/nlohmann/json'],
  ['ONNX', 'Apache-2.0', 'https://github.com/onnx/onnx'],
  ['Protocol Buffers', 'BSD-3-Clause', 'https://github.com/protocolbuffers/protobuf'],
  ['SafeInt', 'MIT', 'https://github.com/dcleblanc/SafeInt'],
];

/**
 * The names of the packages in bundles.
 * @param {readonly string[]} inputs Paths from the root of the repository, from esbuild's metafiles.
 */
export function packagesIn(inputs) {
  const found = new Set(
    inputs.flatMap((input) => {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
      return name ?? [];
    }),
  );
  for (const [name, inside] of Object.entries(INSIDE)) {
    if (found.has(name)) inside.forEach((one) => found.add(one));
  }
  return [...found].sort();
}

/**
 * The contents of THIRD_PARTY.md.
 * @param {readonly string[]} names The packages'.
 * @returns {Promise<string>}
 * @throws {Error} for a package with an unknown licence.
 */
export async function thirdParty(names) {
  const packages = await Promise.all(names.map(describe));
  const rows = packages.map(
    ({ name, version, license, address }) => `| [${name}](${address}) | ${version} | ${license} |`,
  );
  const version = packages.find(({ name }) => name === 'onnxruntime-web')?.version;
  return `# What is in the packages that is not ours

Made by \`scripts/third-party.mjs\` from what the bundler took; the build fails where this file is
not up to date (\`npm run build -- --third-party\` writes it anew). Everything else in the packages,
the networks' weights and the swatches included, is Pastiche's own, under the licence in \`LICENSE\`.

| package | version | licence |
|---|---|---|
${rows.join('\n')}

What is removed of them while they are bundled is listed in \`scripts/harden.mjs\`. The source of
webextension-polyfill, which is under the Mozilla Public License 2.0, is at the address above; it is
bundled unchanged.

\`kernels.wasm\` and \`steady.wasm\` are compiled from \`src/engine/worker/wasm/\` by AssemblyScript, whose standard
library is under Apache-2.0. \`onnxruntime.wasm\` is a file of onnxruntime-web as it is, compiled
from ONNX Runtime (MIT) and:

| in onnxruntime-web's WebAssembly | licence |
|---|---|
${IN_RUNTIME.map(([name, license, address]) => `| [${name}](${address}) | ${license} |`).join('\n')}

The notices of all of these are ONNX Runtime's own list:
https://github.com/microsoft/onnxruntime/blob/v${version}/ThirdPartyNotices.txt

${packages.map(({ name, text }) => `## ${name}\n\n${quote(text)}`).join('\n\n')}
`;
}

/** @param {string} name */
async function describe(name) {
  const folder = path.join(ROOT, 'node_modules', name);
  const { version, license, homepage, repository } = JSON.parse(
    await readFile(path.join(folder, 'package.json'), 'utf8'),
  );
  if (typeof license !== 'string') throw new Error(`${name} does not say what its licence is.`);
  const source = typeof repository === 'string' ? repository : (repository?.url ?? '');
  const address = homepage ?? source.replace(/^git\+/, '').replace(/\.git$/, '');
  const file = (await readdir(folder)).find((one) => /^licen[cs]e(\.(md|txt))?$/i.test(one));
  const copyright = /** @type {Record<string, string>} */ (COPYRIGHTS)[name];
  if (!file && !(copyright && license === 'MIT')) {
    throw new Error(`${name} comes without the text of its licence.`);
  }
  const text = file
    ? await readFile(path.join(folder, file), 'utf8')
    : `MIT License\n\n${copyright}\n\n${await permission()}`;
  return { name, version, license, address, text };
}

/** The terms of the MIT licence, which is our own, too. */
async function permission() {
  const licence = await readFile(path.join(ROOT, 'LICENSE'), 'utf8');
  return licence.slice(licence.indexOf('Permission is hereby granted'));
}

/** @param {string} text */
function quote(text) {
  return text
    .trim()
    .split(/\r?\n/)
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}
