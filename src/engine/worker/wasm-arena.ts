/** Where arrays lie in the memory of a kernel module of our own. Pure. */

const PAGE_BYTES = 65_536;

/** Arrays that are read in groups have room for one more. */
const GROUP_BYTES = 16;

/** Hands out places in a memory, and then makes it. */
export class WasmArena {
  private end = 0;

  /**
   * A place for so many bytes, with room for one group before the next.
   * @returns Its address.
   */
  take(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil((bytes + 2 * GROUP_BYTES) / GROUP_BYTES) * GROUP_BYTES;
    return address;
  }

  /**
   * Makes the memory, as large as what was taken, and starts the module on it.
   * @param module Imports it as `env.memory`.
   * @throws {RangeError} if there is not so much memory.
   */
  start(module: WebAssembly.Module): { memory: WebAssembly.Memory; exports: WebAssembly.Exports } {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.end / PAGE_BYTES) });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory, exports };
  }
}
