/** Where arrays lie in the memory of a kernel module of our own. Pure. */

const PAGE_BYTES = 65_536;

/** Arrays that are read in groups have room for one more. */
const GROUP_BYTES = 16;

/** Hands out places in a memory, and then makes it. */
export class KernelRoom {
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

  /** Makes the memory and starts the module on it, which imports it as `env.memory`. */
  start(module: WebAssembly.Module): { memory: WebAssembly.Memory; exports: WebAssembly.Exports } {
    const memory = new WebAssembly.Memory({ initial: Math.ceil(this.end / PAGE_BYTES) });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory, exports };
  }
}
