/**
 * A module with one function, `f32x4.relaxed_madd`: our kernels are faster than onnxruntime-web thanks
 * to relaxed SIMD.
 */
const RELAXED_MADD = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // A type: three vectors to one.
  ...[1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b],
]);

/** Whether this browser can compile our kernels. */
export function supportsKernels(): boolean {
  return WebAssembly.validate(RELAXED_MADD);
}
