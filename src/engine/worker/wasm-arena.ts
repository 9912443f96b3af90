/** Allocates arrays in the memory of a kernel module. Pure. */

const PAGE_BYTES = 65_536;

/** Padding of arrays, which are read in groups. */
const GROUP_BYTES = 16;

/** Allocates addresses first, and then creates the memory. */
export class WasmArena {
  private end = 0;

  /**
   * Allocates bytes, padded by one group.
   * @returns Their address.
   */
  take(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil((bytes + 2 * GROUP_BYTES) / GROUP_BYTES) * GROUP_BYTES;
    return address;
  }

  /**
   * Creates the memory, as large as allocated, and instantiates the module on it.
   * @param module Imports it as `env.memory`.
   * @throws {RangeError} if there is not enough memory.
   */
  start(module: WebAssembly.Module): { memory: WebAssembly.Memory; exports: WebAssembly.Exports } {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.end / PAGE_BYTES) });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory, exports };
  }
}
