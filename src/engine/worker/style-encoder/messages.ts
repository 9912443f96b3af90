/** Messages to and from the worker that encodes styles: one image, one answer. */
export interface EncoderQuestion {
  readonly image: Blob;
  /** Addresses of the encoder's ONNX file and of the runtime's WebAssembly. */
  readonly model: string;
  readonly runtime: string;
}

export type EncoderAnswer = { readonly vector: Float32Array } | { readonly error: string };
