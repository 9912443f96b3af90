/**
 * Checks by `@mdn/browser-compat-data` that the oldest browsers of the manifest have every API of the
 * web platform and of extensions that the extension uses. Exceptions are in scripts/compat-rules.mjs,
 * with their reasons.
 *
 * The type checker finds the APIs, as members of declarations in TypeScript's libraries and the types
 * of extensions, and events by the names of listeners. Not checked: style sheets, HTML, options in
 * object literals, syntax (esbuild knows its targets), packages' own code.
 *
 *   --list   print the APIs
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import ts from 'typescript';

import {
  ENGINES,
  EXCEPTIONS,
  featureAt,
  judge,
  lackOf,
  manifestKeys,
  oldestVersions,
} from './compat-rules.mjs';
import { manifestFor } from './manifest.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const SOURCES = /^(src|popup|options)\//;

/** Names in TypeScript that differ from the platform's. */
const RENAMED = /** @type {Record<string, string>} */ ({
  ReadonlyArray: 'Array',
  ConcatArray: 'Array',
  ReadonlyMap: 'Map',
  ReadonlySet: 'Set',
  CallableFunction: 'Function',
  NewableFunction: 'Function',
  IteratorObject: 'Iterator',
});

/** Files whose code runs in a worker. */
const WORKERS = /^src\/(engine\/worker\/|.*worker\.ts$)/;

const EXTENSIONS = 'webextensions.api';

/**
 * @typedef {import('./compat-rules.mjs').Data} Data
 * @typedef {{ key: string, name?: string | undefined, place: string }} Use
 *   `name`: by which it is used, if it is not the data's own.
 */

const { values: args } = parseArgs({ options: { list: { type: 'boolean', default: false } } });
/** @type {Data} */
const data = createRequire(import.meta.url)('@mdn/browser-compat-data');
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'manifest.json'), 'utf8'));
const versions = oldestVersions(manifest);

/** Used APIs, by key and name. */
const uses = /** @type {Map<string, Use>} */ (new Map());

const program = createProgram();
const checker = program.getTypeChecker();
for (const file of program.getSourceFiles()) {
  if (!file.isDeclarationFile && SOURCES.test(path.relative(ROOT, file.fileName))) visit(file);
}

/** @type {import('./compat-rules.mjs').Gap[]} */
const gaps = ENGINES.flatMap((browser) => {
  const needed = [
    ...uses.values(),
    ...manifestKeys(data, manifestFor(packageOf(browser), manifest)).map((key) => ({
      ...{ key, name: undefined },
      place: 'manifest.json',
    })),
  ];
  return needed.flatMap(({ key, name, place }) => {
    const lack = lackOf(featureAt(data, key), browser, versions[browser], name);
    return lack === null ? [] : [{ key, browser, lack: `${lack} (${place})` }];
  });
});
if (args.list) {
  for (const { key, place } of [...uses.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
    console.log(`${key}  ${place}`);
  }
}
const problems = judge(gaps, EXCEPTIONS);
for (const problem of problems) console.error(problem);
const counts = ENGINES.map(
  (browser) =>
    `${browser} ${versions[browser]} lacks ${gaps.filter((gap) => gap.browser === browser).length}`,
);
const end =
  problems.length > 0 ? 'not all of it with a reason' : 'each for a reason that is written down';
console.log(`${uses.size} APIs are used; ${counts.join(', ')}, ${end}.`);
if (problems.length > 0) process.exitCode = 1;

/**
 * The browser whose package another one gets.
 * @param {import('./compat-rules.mjs').Engine} engine
 */
function packageOf(engine) {
  return engine === 'firefox_android' ? 'firefox' : engine;
}

/** The extension's sources, with the globals of a page. */
function createProgram() {
  const config = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config.config, ts.sys, ROOT);
  return ts.createProgram(fileNames, options);
}

/** @param {ts.Node} node */
function visit(node) {
  // Types don't exist at run time.
  if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return;
  if (ts.isInterfaceDeclaration(node) || ts.isImportDeclaration(node)) return;
  if (ts.isPropertyAccessExpression(node)) member(node.expression, node.name);
  else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    const name = node.propertyName ?? node.name;
    if (ts.isIdentifier(name)) member(node.parent, name);
  } else if (ts.isIdentifier(node)) {
    const { parent } = node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
    if (!isMember) variable(checker.getSymbolAtLocation(node), node);
  } else if (ts.isNewExpression(node)) {
    const name = globalName(checker.getSymbolAtLocation(node.expression));
    if (name !== null) use(`${name}.${name}`, node);
  } else if (ts.isCallExpression(node)) listener(node);
  ts.forEachChild(node, visit);
}

/**
 * Notes a variable if it is one of the platform's.
 * @param {ts.Symbol | undefined} symbol
 * @param {ts.Node} node
 * @returns {boolean} Whether it is.
 */
function variable(symbol, node) {
  const name = globalName(symbol);
  if (name === null) return false;
  if (!use(name, node)) use(`Window.${name}`, node);
  return true;
}

/**
 * The name of a symbol declared in the platform's global scope, or in a namespace in it, such as
 * WebAssembly.
 * @param {ts.Symbol | undefined} symbol
 * @returns {string | null}
 */
function globalName(symbol) {
  const declaration = foreign(symbol).find(
    (one) =>
      ts.isVariableDeclaration(one) || ts.isFunctionDeclaration(one) || ts.isModuleDeclaration(one),
  );
  const isOurs = !declaration || isOfExtensions(declaration);
  return isOurs || !symbol ? null : [...namespaces(declaration), symbol.name].join('.');
}

/**
 * Notes a member that is read: `object.name`, or `const { name } = object`.
 * @param {ts.Node} object
 * @param {ts.MemberName} node
 */
function member(object, node) {
  const { text: name } = node;
  for (const type of partsOf(checker.getTypeAtLocation(object))) {
    const symbol = checker.getPropertyOfType(type, name);
    const [declaration] = foreign(symbol);
    if (!declaration || variable(symbol, node)) continue;
    if (isOfExtensions(declaration)) {
      ofExtensions(type, declaration, node);
      continue;
    }
    const owners = [...ownersOf(type), ...foreign(symbol).map(({ parent }) => nameOf(parent))];
    const members = name.startsWith('on') ? [name, `${name.slice(2)}_event`] : [name];
    // The first one in the data: of the type itself, or of an ancestor.
    owners.some((owner) => members.some((one) => use(`${owner}.${one}`, node)));
  }
}

/**
 * Notes an event by the name of its listener.
 * @param {ts.CallExpression} node
 */
function listener({ expression, arguments: [first] }) {
  const isMethod = ts.isPropertyAccessExpression(expression);
  const called = isMethod ? expression.name : expression;
  if (!ts.isIdentifier(called) || called.text !== 'addEventListener') return;
  if (!first || !ts.isStringLiteralLike(first)) return;
  const owners = isMethod
    ? partsOf(checker.getTypeAtLocation(expression.expression)).flatMap(ownersOf)
    : ['Window', 'DedicatedWorkerGlobalScope'];
  owners.some((owner) => use(`${owner}.${first.text}_event`, first));
}

/**
 * Notes a member of an object of the extensions' API.
 * @param {ts.Type} type The object's.
 * @param {ts.Declaration} declaration
 * @param {ts.MemberName} node
 */
function ofExtensions(type, declaration, node) {
  // The functions of a namespace are in an interface, Tabs.Static, or in the namespace, chrome.tabs.
  if (node.text === 'chrome') return;
  const full = `${nameOf(declaration.parent) || namespaces(declaration).join('.')}.${node.text}`;
  const name = decapitalised(full.replace(/^(chrome|Browser)\./, '').replace('.Static.', '.'));
  // browser.contextMenus has the functions of browser.menus, and no entries of its own.
  const isMenus = /^contextMenus\b/.test(name) || ownersOf(type)[0] === 'ContextMenus.Static';
  const key = `${EXTENSIONS}.${isMenus ? name.replace(/^contextMenus\b/, 'menus') : name}`;
  const alias = isMenus ? name.replace(/^menus\b/, 'contextMenus') : undefined;
  // The data doesn't list all fields of parameters; it lists functions.
  const isField = name.split('.').length > 2;
  if (!isField || featureAt(data, key)) add(key, node, alias);
}

/**
 * Notes a use of the platform.
 * @param {string} name Such as `Element.animate`.
 * @param {ts.Node} node
 * @returns {boolean} Whether the data has an entry.
 */
function use(name, node) {
  const builtin = `javascript.builtins.${name.replace(/Constructor\b/, '')}`;
  const inData = [`api.${name}`, `api.${name}_static`, builtin].concat(
    name.startsWith('WebAssembly.')
      ? ['', '_static'].map((end) => name.replace('WebAssembly', 'webassembly.api') + end)
      : [],
  );
  const key = inData.find((one) => featureAt(data, one));
  if (key === undefined) return false;
  add(key, node);
  const inWorkers = `${key}.worker_support`;
  if (WORKERS.test(fileOf(node)) && featureAt(data, inWorkers)) add(inWorkers, node);
  return true;
}

/**
 * @param {string} key
 * @param {ts.Node} node
 * @param {string} [name]
 */
function add(key, node, name) {
  const id = `${key} ${name ?? ''}`;
  if (uses.has(id)) return;
  const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
  uses.set(id, { key, name, place: `${fileOf(node)}:${line + 1}` });
}

/**
 * The constituents of a type: those of a union or intersection, the constraint of a type variable, the
 * wrapper objects of primitive values.
 * @param {ts.Type} type
 * @returns {ts.Type[]}
 */
function partsOf(type) {
  if (type.isUnionOrIntersection()) return type.types.flatMap(partsOf);
  const apparent = checker.getApparentType(type);
  return apparent.isUnionOrIntersection() ? partsOf(apparent) : [apparent];
}

/**
 * The names of a platform's type and its ancestors, nearest first.
 * @param {ts.Type} type
 * @returns {string[]}
 */
function ownersOf(type) {
  const generic = /** @type {ts.TypeReference} */ (type).target ?? type;
  const bases = generic.isClassOrInterface() ? checker.getBaseTypes(generic) : [];
  const own = foreign(type.symbol).map(nameOf);
  return [...new Set([...own, ...bases.flatMap(partsOf).flatMap(ownersOf)])];
}

/**
 * Declarations of TypeScript's libraries, and of those of extensions and of WebGPU.
 * @param {ts.Symbol | undefined} symbol
 * @returns {ts.Declaration[]}
 */
function foreign(symbol) {
  return (symbol?.declarations ?? []).filter((declaration) => {
    const file = declaration.getSourceFile();
    return (
      program.isSourceFileDefaultLibrary(file) ||
      isOfExtensions(declaration) ||
      file.fileName.includes('/@webgpu/types/')
    );
  });
}

/** @param {ts.Node} node */
function isOfExtensions(node) {
  return /\/@types\/(chrome|webextension-polyfill)\//.test(node.getSourceFile().fileName);
}

/**
 * The name of a declaration of members: an interface, or a variable with a type literal.
 * @param {ts.Node} node
 * @returns {string} Empty if it has none.
 */
function nameOf(node) {
  const named = ts.isTypeLiteralNode(node) ? node.parent : node;
  const { name } = /** @type {ts.NamedDeclaration} */ (named);
  if (!name || !ts.isIdentifier(name)) return '';
  return [...namespaces(named), RENAMED[name.text] ?? name.text].join('.');
}

/**
 * The namespaces around a node, outermost first.
 * @param {ts.Node} node
 * @returns {string[]}
 */
function namespaces({ parent }) {
  if (!parent) return [];
  const isNamed = ts.isModuleDeclaration(parent) && ts.isIdentifier(parent.name);
  const around = namespaces(parent);
  return isNamed && parent.name.text !== 'global' ? [...around, parent.name.text] : around;
}

/** @param {ts.Node} node */
function fileOf(node) {
  return path.relative(ROOT, node.getSourceFile().fileName).split(path.sep).join('/');
}

/** @param {string} name */
function decapitalised(name) {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
