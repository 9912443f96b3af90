/**
 * Removes code from packages during bundling that the extension never uses and that nobody should have
 * to trust: HTML made from strings, and scripts loaded from addresses.
 */
import { readFile } from 'node:fs/promises';

/**
 * @typedef {object} Removal
 * @property {RegExp} file Path of the package's script.
 * @property {RegExp} code Must match; otherwise an update has changed the code, and needs a review.
 * @property {string} replacement
 */

/** @type {readonly Removal[]} */
const REMOVALS = [
  {
    // The attribute dangerouslySetInnerHTML, which no component of ours uses.
    file: /\/preact\/dist\/preact\.mjs$/,
    code: /([\w$]+)\?\([\w$]+\|\|[\w$]+&&\(\1\.__html==[\w$]+\.__html\|\|\1\.__html==[\w$]+\.innerHTML\)\|\|\([\w$]+\.innerHTML=\1\.__html\),[\w$]+\.__k=\[\]\):/,
    replacement: '',
  },
  {
    // The loader of a runtime in a file of its own. Ours is bundled.
    file: /\/onnxruntime-web\/dist\/ort\.[\w.]+\.mjs$/,
    code: /await import\(\/\*webpackIgnore:true\*\/\s*\/\*@vite-ignore\*\/\s*[\w$]+\)/,
    replacement: 'await Promise.reject(new Error("the runtime is in the bundle"))',
  },
  {
    // Creates C++'s wrappers of JavaScript's methods. It could only ever throw: our pages' content
    // security policy forbids code made from strings.
    file: /\/onnxruntime-web\/dist\/ort\.jspi[\w.]*\.mjs$/,
    code: /new Function\(Object\.keys\([\w$]+\),\s*[\w$]+\)/,
    replacement: '(()=>{throw new Error("code is not made of strings here")})',
  },
  {
    // A pattern of all emoji, never used, that would be built from a string on every page.
    file: /\/valibot\/dist\/index\.mjs$/,
    code: /const EMOJI_REGEX = \/.*;/,
    replacement: 'const EMOJI_REGEX = /./;',
  },
];

/**
 * An esbuild plugin that removes these.
 * @returns {import('esbuild').Plugin}
 */
export function hardening() {
  return {
    name: 'hardening',
    setup(build) {
      // esbuild asks only the first loader that matches a path, so there is one for all.
      const filter = new RegExp(REMOVALS.map(({ file }) => file.source).join('|'));
      build.onLoad({ filter }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const { file, code, replacement } of REMOVALS) {
          if (!file.test(path)) continue;
          if (!code.test(contents)) {
            return { errors: [{ text: `${path} has changed: scripts/harden.mjs has to follow.` }] };
          }
          contents = contents.replace(code, replacement);
        }
        return { contents, loader: 'js' };
      });
    },
  };
}

/** Code that no script of the package may contain, with reasons. */
const FORBIDDEN = [
  {
    code: /https?:\/\/[^\s"'`]*(?:cdn|unpkg|jsdelivr|esm\.sh)[^\s"'`]*/i,
    reason: 'the address of remote code',
  },
  { code: /\.(?:inner|outer)HTML\s*=(?!=)|insertAdjacentHTML/, reason: 'HTML made from a string' },
  { code: /(?<![\w$.])import\s*\(/, reason: 'an import from an address' },
  { code: /(?<![\w$.])eval\s*\(/, reason: 'eval' },
  { code: /(?<![\w$.])(?:new\s+)?Function\s*\(/, reason: 'code made from a string' },
  { code: /(?<![\w$.])importScripts\s*\(\s*["'`]https?:/, reason: 'the address of remote code' },
];

/**
 * The first piece of code in a script that stores refuse or that could be abused.
 * @param {string} script
 * @returns {{ reason: string, found: string } | null}
 */
export function forbiddenIn(script) {
  for (const { code, reason } of FORBIDDEN) {
    const found = code.exec(script);
    if (found) return { reason, found: found[0] };
  }
  return null;
}

/**
 * Returns the script, unless it contains code that stores refuse or that could be abused.
 * @param {string} name
 * @param {string} script
 * @throws {Error} that names the code.
 */
export function checked(name, script) {
  const forbidden = forbiddenIn(script);
  if (forbidden) throw new Error(`${name} has ${forbidden.reason}: ${forbidden.found}`);
  return script;
}
