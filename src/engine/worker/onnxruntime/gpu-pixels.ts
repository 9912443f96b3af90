/**
 * Converts pixels to tensors and back on the GPU, as src/engine/worker/tensor.ts does on the processor: a
 * picture is uploaded and read back as bytes, a third of the size of float tensors.
 */
import type { Size } from '../../../core/geometry';
import { GRAIN_SIDE, grainTile } from '../grain';
import type { PictureRun } from '../painter';

/** Side of a workgroup, in invocations. */
const GROUP = 8;

const COMMON = /* wgsl */ `
struct Picture {
  size: vec2u,
  padded: vec2u,
  grain: vec2u,
  grained: u32,
  strength: f32,
}
@group(0) @binding(0) var<uniform> picture: Picture;
@group(0) @binding(1) var<storage, read> pixels: array<u32>;
`;

/** Reflected outwards to the padded size, with grain, clamped; without alpha. */
const TO_TENSOR = /* wgsl */ `${COMMON}
@group(0) @binding(2) var<storage, read> tile: array<i32>;
@group(0) @binding(3) var<storage, read_write> tensor: array<f32>;

fn reflected(index: u32, length: u32) -> u32 {
  if (length == 1) { return 0; }
  let period = 2 * (length - 1);
  let phase = index % period;
  return select(period - phase, phase, phase < length);
}

@compute @workgroup_size(${GROUP}, ${GROUP})
fn main(@builtin(global_invocation_id) place: vec3u) {
  if (any(place.xy >= picture.padded)) { return; }
  let seen = vec2u(reflected(place.x, picture.size.x), reflected(place.y, picture.size.y));
  let pixel = pixels[seen.y * picture.size.x + seen.x];
  let inTile = (place.xy + picture.grain) % ${GRAIN_SIDE};
  let grain = select(0, tile[inTile.y * ${GRAIN_SIDE} + inTile.x], picture.grained == 1);
  let plane = picture.padded.x * picture.padded.y;
  let to = place.y * picture.padded.x + place.x;
  for (var channel = 0u; channel < 3; channel++) {
    let value = i32((pixel >> (8 * channel)) & 255) + grain;
    tensor[channel * plane + to] = f32(clamp(value, 0, 255)) / 255;
  }
}`;

/** (1 − strength)·original + strength·pastiche, rounded half to even; alpha stays. */
const ONTO_PIXELS = /* wgsl */ `${COMMON}
@group(0) @binding(2) var<storage, read> pastiche: array<f32>;
@group(0) @binding(3) var<storage, read_write> painted: array<u32>;

@compute @workgroup_size(${GROUP}, ${GROUP})
fn main(@builtin(global_invocation_id) place: vec3u) {
  if (any(place.xy >= picture.size)) { return; }
  let at = place.y * picture.size.x + place.x;
  let inTensor = place.y * picture.padded.x + place.x;
  let plane = picture.padded.x * picture.padded.y;
  let original = pixels[at];
  var pixel = original & 0xff000000;
  for (var channel = 0u; channel < 3; channel++) {
    let before = f32((original >> (8 * channel)) & 255);
    let value = mix(before, 255 * pastiche[channel * plane + inTensor], picture.strength);
    pixel |= u32(clamp(round(value), 0, 255)) << (8 * channel);
  }
  painted[at] = pixel;
}`;

/** Buffers for pictures of one size. */
interface Buffers {
  readonly size: Size;
  readonly padded: Size;
  readonly picture: GPUBuffer;
  readonly pixels: GPUBuffer;
  readonly content: GPUBuffer;
  readonly painted: GPUBuffer;
  readonly read: GPUBuffer;
}

export class GpuPixels {
  private readonly toTensor: GPUComputePipeline;
  private readonly ontoPixels: GPUComputePipeline;
  private readonly tile: GPUBuffer;
  private buffers: Buffers | null = null;

  constructor(private readonly device: GPUDevice) {
    const pipeline = (code: string): GPUComputePipeline =>
      device.createComputePipeline({
        layout: 'auto',
        compute: { module: device.createShaderModule({ code }) },
      });
    this.toTensor = pipeline(TO_TENSOR);
    this.ontoPixels = pipeline(ONTO_PIXELS);
    const tile = Int32Array.from(grainTile());
    this.tile = this.buffer(tile.byteLength, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    device.queue.writeBuffer(this.tile, 0, tile);
  }

  /**
   * Uploads a picture and converts it to a content tensor.
   * @param pixels RGBA, 4·width·height bytes.
   * @param padded `paddedSize` of the picture's size.
   * @returns The tensor [1,3,H,W] of the padded size, which is valid until the next picture.
   */
  content(
    pixels: Uint8ClampedArray<ArrayBuffer>,
    { width, height, grain, strength }: PictureRun,
    padded: Size,
  ): GPUBuffer {
    const { queue } = this.device;
    const buffers = this.buffersFor({ width, height }, padded);
    const { x, y } = grain ?? { x: 0, y: 0 };
    const fields = [width, height, padded.width, padded.height, x, y, grain ? 1 : 0, 0];
    const picture = new Uint32Array(fields);
    new Float32Array(picture.buffer)[7] = strength;
    queue.writeBuffer(buffers.picture, 0, picture);
    queue.writeBuffer(buffers.pixels, 0, pixels);
    const bound = [buffers.picture, buffers.pixels, this.tile, buffers.content];
    const encoder = this.device.createCommandEncoder();
    this.compute(encoder, this.toTensor, bound, padded);
    queue.submit([encoder.finish()]);
    return buffers.content;
  }

  /**
   * Blends a pastiche with the last picture, and reads it back.
   * @param pastiche Tensor of the padded size, on the same device.
   * @param pixels Receives the pastiche, RGBA.
   * @throws {DOMException} if the device is lost.
   */
  async finish(pastiche: GPUBuffer, pixels: Uint8ClampedArray): Promise<void> {
    const { buffers } = this;
    if (!buffers) throw new Error('no picture was sent');
    const { picture, pixels: original, painted, read, size } = buffers;
    const encoder = this.device.createCommandEncoder();
    this.compute(encoder, this.ontoPixels, [picture, original, pastiche, painted], size);
    encoder.copyBufferToBuffer(painted, 0, read, 0, read.size);
    this.device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    pixels.set(new Uint8ClampedArray(read.getMappedRange()));
    read.unmap();
  }

  private compute(
    encoder: GPUCommandEncoder,
    pipeline: GPUComputePipeline,
    bound: readonly GPUBuffer[],
    { width, height }: Size,
  ): void {
    const entries = bound.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
    );
    pass.dispatchWorkgroups(Math.ceil(width / GROUP), Math.ceil(height / GROUP));
    pass.end();
  }

  private buffersFor(size: Size, padded: Size): Buffers {
    const { buffers } = this;
    if (buffers && areSame(buffers.size, size) && areSame(buffers.padded, padded)) return buffers;
    if (buffers) {
      const { picture, pixels, content, painted, read } = buffers;
      for (const buffer of [picture, pixels, content, painted, read]) buffer.destroy();
    }
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    const bytes = 4 * size.width * size.height;
    const floats = 4 * 3 * padded.width * padded.height;
    this.buffers = {
      size,
      padded,
      picture: this.buffer(32, UNIFORM | COPY_DST),
      pixels: this.buffer(bytes, STORAGE | COPY_DST),
      content: this.buffer(floats, STORAGE | COPY_SRC | COPY_DST),
      painted: this.buffer(bytes, STORAGE | COPY_SRC),
      read: this.buffer(bytes, MAP_READ | COPY_DST),
    };
    return this.buffers;
  }

  private buffer(size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    return this.device.createBuffer({ size, usage });
  }
}

function areSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
