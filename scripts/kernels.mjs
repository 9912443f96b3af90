/** Compiles the AssemblyScript of src/engine/worker/wasm to WebAssembly. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @typedef {'kernels' | 'steady'} KernelFile */

const OUTPUT = 'out.wasm';

/**
 * The compiler. In a variable, because importing it by name would redefine the types of JavaScript's
 * arrays for every file that is checked together with this one.
 */
const COMPILER = 'assemblyscript/asc';

const OPTIONS = [
  '--optimizeLevel=3',
  '--noAssert',
  '--runtime=stub',
  // The caller creates the memory.
  '--importMemory',
  '--enable=simd',
];

/** @type {Readonly<Record<KernelFile, readonly string[]>>} */
const MORE_OPTIONS = {
  // Threads share the memory.
  kernels: [
    '--sharedMemory',
    '--initialMemory=1',
    '--maximumMemory=65536',
    '--enable=relaxed-simd',
    '--enable=threads',
  ],
  steady: [],
};

/**
 * The last compilations: the compiler is large and slow to start, and the kernels seldom change.
 * @type {Map<KernelFile, { source: string, output: Uint8Array }>}
 */
const last = new Map();

/**
 * @param {KernelFile} [file] Of the network, by default.
 * @returns {Promise<Uint8Array>} The module.
 * @throws {Error} with the compiler's messages.
 */
export async function compileKernels(file = 'kernels') {
  const name = `src/engine/worker/wasm/${file}.ts`;
  const source = await readFile(path.join(ROOT, name), 'utf8');
  const known = last.get(file);
  if (known?.source === source) return known.output;
  const { default: asc } = await import(COMPILER);
  /** @type {Uint8Array | null} */
  let output = null;
  const { error, stderr } = await asc.main(
    [name, `--outFile=${OUTPUT}`, ...OPTIONS, ...MORE_OPTIONS[file]],
    {
      /** @param {string} wanted */
      readFile: (wanted) => (wanted === name ? source : null),
      /** @type {(written: string, contents: Uint8Array) => void} */
      writeFile: (written, contents) => {
        if (written === OUTPUT) output = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !output) throw new Error(`${name}: ${stderr.toString() || error?.message}`);
  last.set(file, { source, output });
  return output;
}
