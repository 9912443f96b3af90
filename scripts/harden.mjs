/**
 * Takes out of packages, while they are bundled, what the extension never uses and what nobody
 * should have to trust: HTML made from strings, and scripts loaded from addresses.
 */
import { readFile } from 'node:fs/promises';

/**
 * @typedef {object} Removal
 * @property {RegExp} file Path of the package's script.
 * @property {RegExp} code Must be there, or an update has changed it and it has to be looked at.
 * @property {string} replacement
 */

/** @type {readonly Removal[]} */
const REMOVALS = [
  {
    // The attribute dangerouslySetInnerHTML, which none of our components has.
    file: /\/preact\/dist\/preact\.mjs$/,
    code: /([\w$]+)\?\([\w$]+\|\|[\w$]+&&\(\1\.__html==[\w$]+\.__html\|\|\1\.__html==[\w$]+\.innerHTML\)\|\|\([\w$]+\.innerHTML=\1\.__html\),[\w$]+\.__k=\[\]\):/,
    replacement: '',
  },
  {
    // The loader of a runtime that isn't bundled with it. Ours is.
    file: /\/onnxruntime-web\/dist\/ort\.[\w.]+\.mjs$/,
    code: /await import\(\/\*webpackIgnore:true\*\/\s*\/\*@vite-ignore\*\/\s*[\w$]+\)/,
    replacement: 'await Promise.reject(new Error("the runtime is in the bundle"))',
  },
  {
    // For calls of JavaScript's methods from C++. It could only ever throw: the policy of our pages
    // forbids code that is made of strings.
    file: /\/onnxruntime-web\/dist\/ort\.jspi[\w.]*\.mjs$/,
    code: /new Function\(Object\.keys\([\w$]+\),\s*[\w$]+\)/,
    replacement: '(()=>{throw new Error("code is not made of strings here")})',
  },
  {
    // A pattern of all emoji, used nowhere, that would be built from a string on every page.
    file: /\/valibot\/dist\/index\.mjs$/,
    code: /const EMOJI_REGEX = \/.*;/,
    replacement: 'const EMOJI_REGEX = /./;',
  },
];

/**
 * A plugin for esbuild that takes these out.
 * @returns {import('esbuild').Plugin}
 */
export function hardening() {
  return {
    name: 'hardening',
    setup(build) {
      // esbuild asks the first loader that a path matches, and no other: there is one for all.
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

/** What no script of the package may contain, and why. */
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
 * The first thing in a script that stores refuse or that could be turned against people.
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
 * The script, if there is nothing in it that stores refuse or that could be turned against people.
 * @param {string} name
 * @param {string} script
 * @throws {Error} that says what there is.
 */
export function checked(name, script) {
  const forbidden = forbiddenIn(script);
  if (forbidden) throw new Error(`${name} has ${forbidden.reason}: ${forbidden.found}`);
  return script;
}
