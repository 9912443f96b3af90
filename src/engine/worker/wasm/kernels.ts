/**
 * The arithmetic of the network, in AssemblyScript: compiled to WebAssembly by scripts/build.mjs.
 *
 * All tensors are NHWC, 32-bit floats, at byte addresses in the one memory. The number of channels is
 * a multiple of 8. There are no allocations and no static data: the plan determines all addresses
 * (src/engine/worker/kernels/plan.ts), and every thread has its own instance on the same memory.
 */

/** Pixels per iteration of the inner loop: 6 × 8 outputs take 12 of 16 vector registers. */
const GROUP: i32 = 6;

/** Bytes of one pixel's 8 outputs, or of one input's 8 weights. */
const BLOCK_BYTES: usize = 32;

/** Null address: no bias, and a gain of 1. */
const NO_BIAS: usize = 0;
const NO_GAIN: usize = 0;

/**
 * A convolution without padding. A pixel's inputs are `rows` runs of `rowLength` consecutive floats.
 * @param sourceRow Bytes from one of the runs to the next.
 * @param stepX Bytes from one pixel's inputs to its right neighbour's.
 * @param stepY Bytes from one line of pixels to the next.
 * @param targetRow Bytes between lines of the output.
 * @param targetPixel Bytes between pixels of the output.
 * @param weights [blocks][rows · rowLength][8]
 * @param bias [blocks][8], or {@link NO_BIAS}
 * @param y0 The first line of pixels; `y1` is the one after the last.
 * @param blocks Outputs per pixel, divided by 8.
 * @param isRectified Whether negative outputs become 0.
 * @param isAdded Whether to add to the target: only for widths up to {@link GROUP}, or multiples of
 *   it.
 */
export function convolve(
  source: usize, sourceRow: usize, stepX: usize, stepY: usize,
  target: usize, targetRow: usize, targetPixel: usize,
  weights: usize, bias: usize, rows: i32, rowLength: i32,
  width: i32, y0: i32, y1: i32, blocks: i32, isRectified: i32, isAdded: i32,
): void {
  const floor = f32x4.splat(isRectified ? 0 : -Infinity);
  const last = width - GROUP;
  const runBytes = <usize>rowLength * BLOCK_BYTES;
  for (let y = y0; y < y1; y++) {
    const line = source + <usize>y * stepY;
    const out = target + <usize>y * targetRow;
    for (let b = 0; b < blocks; b++) {
      const w0 = weights + <usize>b * <usize>rows * runBytes;
      let bias0 = f32x4.splat(0), bias1 = f32x4.splat(0);
      if (bias != NO_BIAS) {
        bias0 = v128.load(bias + <usize>b * BLOCK_BYTES);
        bias1 = v128.load(bias + <usize>b * BLOCK_BYTES, 16);
      }
      let x = 0;
      if (last < 0) {
        for (; x < width; x++) {
          const o = out + <usize>x * targetPixel + <usize>b * BLOCK_BYTES;
          let a0 = bias0, a1 = bias1;
          if (isAdded) { a0 = f32x4.add(a0, v128.load(o)); a1 = f32x4.add(a1, v128.load(o, 16)); }
          let w = w0;
          let p = line + <usize>x * stepX;
          for (let r = 0; r < rows; r++) {
            const end = w + runBytes;
            for (let q = p; w < end; q += 4) {
              const s = v128.load32_splat(q);
              a0 = f32x4.relaxed_madd(s, v128.load(w), a0);
              a1 = f32x4.relaxed_madd(s, v128.load(w, 16), a1);
              w += BLOCK_BYTES;
            }
            p += sourceRow;
          }
          v128.store(o, f32x4.max(a0, floor)); v128.store(o, f32x4.max(a1, floor), 16);
        }
      }
      while (x < width) {
        // The last group overlaps the one before it.
        if (x > last) x = last;
        let a0 = bias0, a1 = bias1, b0 = bias0, b1 = bias1, c0 = bias0, c1 = bias1;
        let d0 = bias0, d1 = bias1, e0 = bias0, e1 = bias1, f0 = bias0, f1 = bias1;
        let o = out + <usize>x * targetPixel + <usize>b * BLOCK_BYTES;
        if (isAdded) {
          const od = o + 3 * targetPixel;
          a0 = f32x4.add(a0, v128.load(o)); a1 = f32x4.add(a1, v128.load(o, 16));
          b0 = f32x4.add(b0, v128.load(o + targetPixel));
          b1 = f32x4.add(b1, v128.load(o + targetPixel, 16));
          c0 = f32x4.add(c0, v128.load(o + 2 * targetPixel));
          c1 = f32x4.add(c1, v128.load(o + 2 * targetPixel, 16));
          d0 = f32x4.add(d0, v128.load(od)); d1 = f32x4.add(d1, v128.load(od, 16));
          e0 = f32x4.add(e0, v128.load(od + targetPixel));
          e1 = f32x4.add(e1, v128.load(od + targetPixel, 16));
          f0 = f32x4.add(f0, v128.load(od + 2 * targetPixel));
          f1 = f32x4.add(f1, v128.load(od + 2 * targetPixel, 16));
        }
        let w = w0;
        let p = line + <usize>x * stepX;
        for (let r = 0; r < rows; r++) {
          let pa = p;
          let pd = p + 3 * stepX;
          const end = w + runBytes;
          while (w < end) {
            const u = v128.load(w);
            const v = v128.load(w, 16);
            let s = v128.load32_splat(pa);
            a0 = f32x4.relaxed_madd(s, u, a0); a1 = f32x4.relaxed_madd(s, v, a1);
            s = v128.load32_splat(pa + stepX);
            b0 = f32x4.relaxed_madd(s, u, b0); b1 = f32x4.relaxed_madd(s, v, b1);
            s = v128.load32_splat(pa + 2 * stepX);
            c0 = f32x4.relaxed_madd(s, u, c0); c1 = f32x4.relaxed_madd(s, v, c1);
            s = v128.load32_splat(pd);
            d0 = f32x4.relaxed_madd(s, u, d0); d1 = f32x4.relaxed_madd(s, v, d1);
            s = v128.load32_splat(pd + stepX);
            e0 = f32x4.relaxed_madd(s, u, e0); e1 = f32x4.relaxed_madd(s, v, e1);
            s = v128.load32_splat(pd + 2 * stepX);
            f0 = f32x4.relaxed_madd(s, u, f0); f1 = f32x4.relaxed_madd(s, v, f1);
            pa += 4; pd += 4; w += BLOCK_BYTES;
          }
          p += sourceRow;
        }
        v128.store(o, f32x4.max(a0, floor)); v128.store(o, f32x4.max(a1, floor), 16);
        o += targetPixel;
        v128.store(o, f32x4.max(b0, floor)); v128.store(o, f32x4.max(b1, floor), 16);
        o += targetPixel;
        v128.store(o, f32x4.max(c0, floor)); v128.store(o, f32x4.max(c1, floor), 16);
        o += targetPixel;
        v128.store(o, f32x4.max(d0, floor)); v128.store(o, f32x4.max(d1, floor), 16);
        o += targetPixel;
        v128.store(o, f32x4.max(e0, floor)); v128.store(o, f32x4.max(e1, floor), 16);
        o += targetPixel;
        v128.store(o, f32x4.max(f0, floor)); v128.store(o, f32x4.max(f1, floor), 16);
        x += GROUP;
      }
    }
  }
}

/** Pixels per run of a pointwise convolution, so that they stay in the nearest cache. */
const RUN: i32 = 10 * GROUP;

/**
 * target += a 1×1 convolution of the source; the pixels of both are contiguous.
 * @param weights [channels / 8][channels][8]
 * @param bias [channels]
 */
export function addPointwise(
  source: usize, target: usize, pixels: i32, channels: i32, weights: usize, bias: usize,
): void {
  const pixel = <usize>channels * 4;
  const runs = pixels / RUN;
  const groups = pixels % RUN / GROUP;
  let done: usize = 0;
  for (let part = 0; part < 3; part++) {
    const width = part == 0 ? RUN : part == 1 ? groups * GROUP : pixels % GROUP;
    const lines = part == 0 ? runs : 1;
    convolve(
      source + done, 0, pixel, <usize>width * pixel, target + done, <usize>width * pixel, pixel,
      weights, bias, 1, channels, width, 0, lines, channels >> 3, 0, 1,
    );
    done += <usize>(lines * width) * pixel;
  }
}

/** The pixel at `index` of a line that is reflected outwards once; clamped beyond that. */
// @ts-ignore: decorator
@inline
function reflected(index: i32, length: i32): i32 {
  if (index < 0) index = -index;
  if (index >= length) index = 2 * length - 2 - index;
  return max(0, index);
}

/**
 * Converts the content tensor from NCHW to NHWC, with a reflected margin of `margin` pixels.
 * @param y0 The first line of the target, margin included.
 */
export function nchwToNhwc(
  source: usize, width: i32, height: i32, target: usize, margin: i32, y0: i32, y1: i32,
): void {
  const plane = <usize>width * <usize>height * 4;
  const paddedWidth = width + 2 * margin;
  for (let y = y0; y < y1; y++) {
    const row = source + <usize>reflected(y - margin, height) * <usize>width * 4;
    let to = target + <usize>y * <usize>paddedWidth * 12;
    for (let x = 0; x < paddedWidth; x++) {
      const from = row + <usize>reflected(x - margin, width) * 4;
      f32.store(to, f32.load(from));
      f32.store(to, f32.load(from + plane), 4);
      f32.store(to, f32.load(from + 2 * plane), 8);
      to += 12;
    }
  }
}

/** The index in a line that is reflected outwards as often as needed. */
// @ts-ignore: decorator
@inline
function reflectedAgain(index: i32, length: i32): i32 {
  if (length === 1) return 0;
  while (index >= length || index < 0) {
    index = index < 0 ? -index : 2 * length - 2 - index;
  }
  return index;
}

/** Null address: no grain. */
const NO_GRAIN: usize = 0;

/** Side of the tile of grain, in pixels, less one. */
const GRAIN_MASK: i32 = 255;

/**
 * Converts a picture to the content in NHWC, 0..1, with grain: reflected outwards to `width` ×
 * `height`, and by a further margin of `margin` pixels.
 * @param pixels RGBA bytes of `pictureWidth` × `pictureHeight`.
 * @param grain Signed bytes [256][256], or {@link NO_GRAIN}.
 * @param y0 The first line of the target, margin included.
 */
export function pixelsToNhwc(
  pixels: usize, pictureWidth: i32, pictureHeight: i32, width: i32, height: i32,
  grain: usize, grainX: i32, grainY: i32, target: usize, margin: i32, y0: i32, y1: i32,
): void {
  const paddedWidth = width + 2 * margin;
  const unit = f32x4.splat(255);
  const most = i32x4.splat(255);
  const least = i32x4.splat(0);
  for (let y = y0; y < y1; y++) {
    const inside = reflected(y - margin, height);
    const row = pixels + <usize>reflectedAgain(inside, pictureHeight) * <usize>pictureWidth * 4;
    const grainRow = grain + (<usize>((inside + grainY) & GRAIN_MASK) << 8);
    let to = target + <usize>y * <usize>paddedWidth * 12;
    for (let x = 0; x < paddedWidth; x++) {
      const column = reflected(x - margin, width);
      const from = row + <usize>reflectedAgain(column, pictureWidth) * 4;
      let value = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
      if (grain !== NO_GRAIN) {
        const shift = <i32>load<i8>(grainRow + <usize>((column + grainX) & GRAIN_MASK));
        value = i32x4.max_s(i32x4.min_s(i32x4.add(value, i32x4.splat(shift)), most), least);
      }
      const colour = f32x4.div(f32x4.convert_i32x4_s(value), unit);
      v128.store64_lane(to, colour, 0);
      v128.store32_lane(to, colour, 2, 8);
      to += 12;
    }
  }
}

/**
 * Fills the border, one pixel wide, of a padded tensor next to its inner lines y0..y1, by reflection.
 * @param tensor [height + 2][width + 2][channels]
 */
export function fillBorder(
  tensor: usize, width: i32, height: i32, channels: i32, y0: i32, y1: i32,
): void {
  const pixel = <usize>channels * 4;
  const line = <usize>(width + 2) * pixel;
  for (let y = y0; y < y1; y++) {
    const left = tensor + <usize>(y + 1) * line;
    const right = left + <usize>(width + 1) * pixel;
    memory.copy(left, left + 2 * pixel, pixel);
    memory.copy(right, right - 2 * pixel, pixel);
  }
  const bottom = tensor + <usize>(height + 1) * line;
  if (y0 <= 1 && y1 > 1) memory.copy(tensor, tensor + 2 * line, line);
  if (y0 <= height - 2 && y1 > height - 2) memory.copy(bottom, bottom - 2 * line, line);
}

// Winograd's F(4×4, 3×3): 16 outputs of a 3×3 convolution from 36 products instead of 144. The
// matrices are those of Lavin and Gray (2016), for the points 0, ±1, ±2 and infinity.

/** Products per tile. */
const POINTS: usize = 36;

/**
 * Gap, in bytes, between the tiles of one point and those of the next. Without it all points of a tile
 * would lie a multiple of 512 bytes apart, and evict one another from the cache.
 */
const GAP: usize = 64;

/** Scratch memory for the transform of one group of four channels, in bytes. */
const SCRATCH_HEAD: usize = 1024;

// @ts-ignore: decorator
@inline
function normalised(value: v128, gain: v128, shift: v128, floor: v128): v128 {
  return f32x4.max(f32x4.relaxed_madd(value, gain, shift), floor);
}

/** Transforms six inputs to six points, at `to`, `to + step`, … */
// @ts-ignore: decorator
@inline
function toPoints(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize,
): void {
  const four = f32x4.splat(4), minusFour = f32x4.splat(-4), minusFive = f32x4.splat(-5);
  const even = f32x4.relaxed_madd(d2, minusFour, d4);
  const odd = f32x4.relaxed_madd(d1, minusFour, d3);
  const even2 = f32x4.sub(d4, d2);
  const difference = f32x4.sub(d3, d1);
  const odd2 = f32x4.add(difference, difference);
  v128.store(to, f32x4.relaxed_madd(d0, four, f32x4.relaxed_madd(d2, minusFive, d4)));
  v128.store(to + step, f32x4.add(even, odd));
  v128.store(to + 2 * step, f32x4.sub(even, odd));
  v128.store(to + 3 * step, f32x4.add(even2, odd2));
  v128.store(to + 4 * step, f32x4.sub(even2, odd2));
  v128.store(to + 5 * step, f32x4.relaxed_madd(d1, four, f32x4.relaxed_madd(d3, minusFive, d5)));
}

/**
 * Transforms the weights of a 3×3 convolution to points.
 * @param weights [blocks · 8][inputs][3][3]
 * @param target [36][blocks][inputs][8]
 * @param scratch 288 bytes
 */
export function packWinograd(
  weights: usize, inputs: i32, blocks: i32, target: usize, scratch: usize,
): void {
  const output = <usize>inputs * 36;
  const point = <usize>blocks * <usize>inputs * BLOCK_BYTES;
  for (let b = 0; b < blocks; b++) {
    for (let input = 0; input < inputs; input++) {
      const from = weights + <usize>b * 8 * output + <usize>input * 36;
      const to = target + (<usize>b * <usize>inputs + <usize>input) * BLOCK_BYTES;
      for (let half: usize = 0; half < 2; half++) {
        const at = from + half * 4 * output;
        for (let j: usize = 0; j < 3; j++) {
          filterToPoints(
            gathered(at + j * 4, output), gathered(at + j * 4 + 12, output),
            gathered(at + j * 4 + 24, output), scratch + j * 16, 48,
          );
        }
        for (let i: usize = 0; i < 6; i++) {
          const line = scratch + i * 48;
          filterToPoints(
            v128.load(line), v128.load(line, 16), v128.load(line, 32),
            to + 6 * i * point + half * 16, point,
          );
        }
      }
    }
  }
}

/** The same weight for four outputs, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function gathered(at: usize, step: usize): v128 {
  let v = v128.load32_zero(at);
  v = v128.load32_lane(at + step, v, 1);
  v = v128.load32_lane(at + 2 * step, v, 2);
  return v128.load32_lane(at + 3 * step, v, 3);
}

/** Transforms three weights to six points, at `to`, `to + step`, … */
// @ts-ignore: decorator
@inline
function filterToPoints(a: v128, b: v128, c: v128, to: usize, step: usize): void {
  const outer = f32x4.mul(f32x4.add(a, c), f32x4.splat(-1.0 / 6));
  const middle = f32x4.mul(b, f32x4.splat(-1.0 / 6));
  const far = f32x4.add(f32x4.mul(a, f32x4.splat(1.0 / 24)), f32x4.mul(c, f32x4.splat(1.0 / 6)));
  const near = f32x4.mul(b, f32x4.splat(1.0 / 12));
  v128.store(to, f32x4.mul(a, f32x4.splat(0.25)));
  v128.store(to + step, f32x4.add(outer, middle));
  v128.store(to + 2 * step, f32x4.sub(outer, middle));
  v128.store(to + 3 * step, f32x4.add(far, near));
  v128.store(to + 4 * step, f32x4.sub(far, near));
  v128.store(to + 5 * step, c);
}

/** Null address: no sums. */
const NO_SUMS: usize = 0;

/** Header of the sums, in bytes; it begins with the number of pixels. */
const SUMS_HEAD: usize = 64;

/**
 * A 3×3 convolution whose input is reflected at the border.
 * @param source [height][width][inputs], lines `sourceLine` bytes apart; with `hasNorm`,
 *   max(0, source · gain + shift) is taken.
 * @param weights [36][blocks][inputs][8]
 * @param bias [blocks][8]
 * @param target [height][width][blocks][8]
 * @param scratch 1024 + 36 · (chunk · (inputs + 8 · blocks) · 4 + 128) bytes of this thread's own.
 * @param tile0 The first tile of 4×4, line by line; `tile1` is the one after the last.
 * @param chunk Maximum number of tiles processed at a time, so that they stay in the cache.
 * @param sums Statistics of these tiles for `normalisation`, or {@link NO_SUMS}: 64 bytes, of which
 *   the first 4 are the number of pixels, then [5][8 · blocks]: an output, the sums of all outputs'
 *   differences from it and of their squares, and buffers for both sums of one chunk.
 */
export function convolveWinograd(
  source: usize, sourceLine: usize, width: i32, height: i32, inputs: i32, weights: usize,
  bias: usize, blocks: i32, target: usize, scratch: usize, tile0: i32, tile1: i32, chunk: i32,
  gain: usize, shift: usize, hasNorm: i32, sums: usize,
): void {
  const pixel = <usize>inputs * 4;
  const points = scratch + SCRATCH_HEAD;
  const outputs = <usize>blocks * BLOCK_BYTES;
  if (sums != NO_SUMS) memory.fill(sums, 0, SUMS_HEAD + 5 * outputs);
  const products = points + POINTS * (<usize>chunk * pixel + GAP);
  const chunks = (tile1 - tile0 + chunk - 1) / chunk;
  for (let i = 0; i < chunks; i++) {
    const from = tile0 + (tile1 - tile0) * i / chunks;
    const to = tile0 + (tile1 - tile0) * (i + 1) / chunks;
    transformInputs(
      source, sourceLine, width, height, inputs, scratch, points, from, to, gain, shift, hasNorm,
    );
    multiply(points, weights, products, POINTS, to - from, inputs, blocks);
    transformProducts(
      products, bias, width, height, blocks, scratch, target, from, to, sums, from == tile0,
    );
    if (sums != NO_SUMS) {
      // Sums of partial sums: a single sum of very many numbers would lose the small ones.
      const total = sums + SUMS_HEAD + outputs;
      for (let at = total; at < total + 2 * outputs; at += 16) {
        v128.store(at, f32x4.add(v128.load(at), v128.load(at + 2 * outputs)));
      }
      memory.fill(total + 2 * outputs, 0, 2 * outputs);
    }
  }
}

/**
 * Matrix products, one for each point.
 * @param points [count][tiles][inputs], with {@link GAP}; the products, too
 * @param weights [count][blocks][inputs][8]
 * @param products [count][tiles][blocks][8]
 */
function multiply(
  points: usize, weights: usize, products: usize, count: usize,
  tiles: i32, inputs: i32, blocks: i32,
): void {
  const pixel = <usize>inputs * 4;
  const outputs = <usize>blocks * BLOCK_BYTES;
  for (let k: usize = 0; k < count; k++) {
    convolve(
      points, 0, pixel, 0, products, 0, outputs,
      weights, NO_BIAS, 1, inputs, tiles, 0, 1, blocks, 0, 0,
    );
    points += <usize>tiles * pixel + GAP;
    products += <usize>tiles * outputs + GAP;
    weights += <usize>inputs * outputs;
  }
}

function transformInputs(
  source: usize, line: usize, width: i32, height: i32, inputs: i32, scratch: usize,
  points: usize, tile0: i32, tile1: i32, gain: usize, shift: usize, hasNorm: i32,
): void {
  const pixel = <usize>inputs * 4;
  const point = <usize>(tile1 - tile0) * pixel + GAP;
  const columns = scratch + 576;
  const across = (width + 3) >> 2;
  const floor = f32x4.splat(0);
  for (let tile = tile0; tile < tile1; tile++) {
    const y = (tile / across) * 4 - 1;
    const x = (tile % across) * 4 - 1;
    const r0 = source + <usize>reflected(y, height) * line;
    const r1 = source + <usize>reflected(y + 1, height) * line;
    const r2 = source + <usize>reflected(y + 2, height) * line;
    const r3 = source + <usize>reflected(y + 3, height) * line;
    const r4 = source + <usize>reflected(y + 4, height) * line;
    const r5 = source + <usize>reflected(y + 5, height) * line;
    for (let j = 0; j < 6; j++) {
      store<usize>(columns + <usize>j * 4, <usize>reflected(x + j, width) * pixel);
    }
    const out = points + <usize>(tile - tile0) * pixel;
    for (let c: usize = 0; c < pixel; c += 16) {
      if (hasNorm) {
        const g = v128.load(gain + c);
        const s = v128.load(shift + c);
        for (let j: usize = 0; j < 6; j++) {
          const at = load<usize>(columns + j * 4) + c;
          toPoints(
            normalised(v128.load(r0 + at), g, s, floor), normalised(v128.load(r1 + at), g, s, floor),
            normalised(v128.load(r2 + at), g, s, floor), normalised(v128.load(r3 + at), g, s, floor),
            normalised(v128.load(r4 + at), g, s, floor), normalised(v128.load(r5 + at), g, s, floor),
            scratch + j * 16, 96,
          );
        }
      } else {
        for (let j: usize = 0; j < 6; j++) {
          const at = load<usize>(columns + j * 4) + c;
          toPoints(
            v128.load(r0 + at), v128.load(r1 + at), v128.load(r2 + at),
            v128.load(r3 + at), v128.load(r4 + at), v128.load(r5 + at),
            scratch + j * 16, 96,
          );
        }
      }
      let o = out + c;
      for (let at = scratch; at < scratch + 576; at += 96) {
        toPoints(
          v128.load(at), v128.load(at, 16), v128.load(at, 32),
          v128.load(at, 48), v128.load(at, 64), v128.load(at, 80), o, point,
        );
        o += 6 * point;
      }
    }
  }
}

function transformProducts(
  products: usize, bias: usize, width: i32, height: i32, blocks: i32, scratch: usize,
  target: usize, tile0: i32, tile1: i32, sums: usize, isFirst: bool,
): void {
  const pixel = <usize>blocks * BLOCK_BYTES;
  const point = <usize>(tile1 - tile0) * pixel + GAP;
  const across = (width + 3) >> 2;
  let pixels = 0;
  const none = f32x4.splat(0);
  const two = f32x4.splat(2), four = f32x4.splat(4), eight = f32x4.splat(8);
  for (let tile = tile0; tile < tile1; tile++) {
    const y = (tile / across) * 4;
    const x = (tile % across) * 4;
    const rows = min(4, height - y);
    const columns = min(4, width - x);
    const from = products + <usize>(tile - tile0) * pixel;
    const out = target + (<usize>y * <usize>width + <usize>x) * pixel;
    for (let c: usize = 0; c < pixel; c += 16) {
      const start = bias == NO_BIAS ? none : v128.load(bias + c);
      const known = sums + SUMS_HEAD + c;
      // Transforms lines of points to lines of outputs, column by column.
      for (let j: usize = 0; j < 6; j++) {
        let p = from + c + j * point;
        const m0 = v128.load(p); p += 6 * point;
        const m1 = v128.load(p); p += 6 * point;
        const m2 = v128.load(p); p += 6 * point;
        const m3 = v128.load(p); p += 6 * point;
        const m4 = v128.load(p); p += 6 * point;
        const m5 = v128.load(p);
        const a = f32x4.add(m1, m2), b = f32x4.sub(m1, m2);
        const d = f32x4.add(m3, m4), e = f32x4.sub(m3, m4);
        const t = scratch + j * 16;
        v128.store(t, f32x4.add(f32x4.add(m0, a), d));
        v128.store(t, f32x4.relaxed_madd(e, two, b), 96);
        v128.store(t, f32x4.relaxed_madd(d, four, a), 192);
        v128.store(t, f32x4.add(f32x4.relaxed_madd(e, eight, b), m5), 288);
      }
      let some = none, sum = none, squares = none;
      if (sums != NO_SUMS) {
        some = v128.load(known);
        sum = v128.load(known + 3 * pixel);
        squares = v128.load(known + 4 * pixel);
      }
      for (let i = 0; i < rows; i++) {
        const t = scratch + <usize>i * 96;
        const m0 = f32x4.add(v128.load(t), start), m1 = v128.load(t, 16), m2 = v128.load(t, 32);
        const m3 = v128.load(t, 48), m4 = v128.load(t, 64), m5 = v128.load(t, 80);
        const a = f32x4.add(m1, m2), b = f32x4.add(f32x4.sub(m1, m2), start);
        const d = f32x4.add(m3, m4), e = f32x4.sub(m3, m4);
        const o = out + <usize>i * <usize>width * pixel + c;
        const v0 = f32x4.add(f32x4.add(m0, a), d);
        const v1 = f32x4.relaxed_madd(e, two, b);
        const v2 = f32x4.add(f32x4.relaxed_madd(d, four, a), start);
        const v3 = f32x4.add(f32x4.relaxed_madd(e, eight, b), m5);
        v128.store(o, v0);
        if (columns > 1) v128.store(o + pixel, v1);
        if (columns > 2) v128.store(o + 2 * pixel, v2);
        if (columns > 3) v128.store(o + 3 * pixel, v3);
        if (sums != NO_SUMS) {
          if (isFirst && tile == tile0 && i == 0) {
            some = v0;
            v128.store(known, some);
          }
          const d0 = f32x4.sub(v0, some);
          const d1 = columns > 1 ? f32x4.sub(v1, some) : none;
          const d2 = columns > 2 ? f32x4.sub(v2, some) : none;
          const d3 = columns > 3 ? f32x4.sub(v3, some) : none;
          sum = f32x4.add(sum, f32x4.add(f32x4.add(d0, d1), f32x4.add(d2, d3)));
          squares = f32x4.relaxed_madd(d0, d0, f32x4.relaxed_madd(d1, d1, squares));
          squares = f32x4.relaxed_madd(d2, d2, f32x4.relaxed_madd(d3, d3, squares));
        }
      }
      if (sums != NO_SUMS) {
        v128.store(known + 3 * pixel, sum);
        v128.store(known + 4 * pixel, squares);
      }
    }
    pixels += rows * columns;
  }
  if (sums != NO_SUMS) store<f32>(sums, load<f32>(sums) + <f32>pixels);
}

// Winograd's F(3×3, 2×2): 9 outputs of a 2×2 convolution from 16 products instead of 36. A 4×4
// convolution with stride 2 is a 2×2 one of the four pixels of every square; a transposed one is
// four of 2×2, one for each parity of line and column.

/** Products per tile. */
const POINTS_2X2: usize = 16;

/**
 * Transforms the weights of a 2×2 convolution to points.
 * @param weights The first weight; `outputStep`, `inputStep`, `rowStep` and `columnStep` are the
 *   bytes to the next output's, input's, line's and column's.
 * @param target [16][blocks][allInputs][8], at the first of the inputs to pack.
 * @param scratch 128 bytes
 */
export function packWinograd2x2(
  weights: usize, outputStep: usize, inputStep: usize, rowStep: usize, columnStep: usize,
  inputs: i32, allInputs: i32, blocks: i32, target: usize, scratch: usize,
): void {
  const point = <usize>blocks * <usize>allInputs * BLOCK_BYTES;
  for (let b = 0; b < blocks; b++) {
    for (let input = 0; input < inputs; input++) {
      const from = weights + <usize>b * 8 * outputStep + <usize>input * inputStep;
      const to = target + (<usize>b * <usize>allInputs + <usize>input) * BLOCK_BYTES;
      for (let half: usize = 0; half < 2; half++) {
        for (let j: usize = 0; j < 2; j++) {
          const at = from + half * 4 * outputStep + j * columnStep;
          weightsToPoints2x2(
            gathered(at, outputStep), gathered(at + rowStep, outputStep), scratch + j * 16, 32,
          );
        }
        for (let i: usize = 0; i < 4; i++) {
          const line = scratch + i * 32;
          weightsToPoints2x2(
            v128.load(line), v128.load(line, 16), to + 4 * i * point + half * 16, point,
          );
        }
      }
    }
  }
}

/** Transforms two weights to four points. */
// @ts-ignore: decorator
@inline
function weightsToPoints2x2(a: v128, b: v128, to: usize, step: usize): void {
  const half = f32x4.splat(0.5);
  v128.store(to, a);
  v128.store(to + step, f32x4.mul(f32x4.add(a, b), half));
  v128.store(to + 2 * step, f32x4.mul(f32x4.sub(a, b), half));
  v128.store(to + 3 * step, b);
}

/**
 * A 2×2 convolution without padding, multiplied by a gain.
 * @param source The input of the first output; `sourceRow` and `sourcePixel` are the bytes to the
 *   next output's, down and right.
 * @param parts 1, or 4 if a pixel's inputs are those of a square of 2×2, whose lines are `partRow`
 *   bytes apart and whose pixels follow one another.
 * @param inputs Number of inputs of one part.
 * @param weights [16][blocks][parts · inputs][8]
 * @param gain [blocks][8], or {@link NO_GAIN}
 * @param bias [blocks][8], or {@link NO_BIAS}
 * @param isRectified Whether negative outputs become 0.
 * @param targetRow Bytes between lines of the output; `targetPixel` those between pixels.
 * @param scratch 1024 + 16 · (chunk · (parts · inputs + 8 · blocks) · 4 + 128) bytes of this thread's own.
 * @param row0 The first line of tiles of 3×3; `row1` is the one after the last.
 * @param chunk Maximum number of tiles processed at a time.
 */
export function convolveWinograd2x2(
  source: usize, sourceRow: usize, sourcePixel: usize, parts: i32, partRow: usize, inputs: i32,
  weights: usize, gain: usize, bias: usize, isRectified: i32, blocks: i32,
  target: usize, targetRow: usize, targetPixel: usize,
  width: i32, height: i32, scratch: usize, row0: i32, row1: i32, chunk: i32,
): void {
  const across = (width + 2) / 3;
  const allInputs = inputs * parts;
  const points = scratch + SCRATCH_HEAD;
  const products = points + POINTS_2X2 * (<usize>chunk * <usize>allInputs * 4 + GAP);
  const tile0 = row0 * across;
  const count = row1 * across - tile0;
  const chunks = (count + chunk - 1) / chunk;
  for (let i = 0; i < chunks; i++) {
    const from = tile0 + count * i / chunks;
    const to = tile0 + count * (i + 1) / chunks;
    for (let part = 0; part < parts; part++) {
      transformInputs2x2(
        source + <usize>(part >> 1) * partRow + <usize>(part & 1) * <usize>inputs * 4,
        sourceRow, sourcePixel, inputs, allInputs, width, height, scratch,
        points + <usize>(part * inputs) * 4, from, to,
      );
    }
    multiply(points, weights, products, POINTS_2X2, to - from, allInputs, blocks);
    transformProducts2x2(
      products, gain, bias, isRectified, width, height, blocks, scratch,
      target, targetRow, targetPixel, from, to,
    );
  }
}

function transformInputs2x2(
  source: usize, sourceRow: usize, sourcePixel: usize, inputs: i32, allInputs: i32,
  width: i32, height: i32, scratch: usize, points: usize, tile0: i32, tile1: i32,
): void {
  const across = (width + 2) / 3;
  const bytes = <usize>inputs * 4;
  const pixel = <usize>allInputs * 4;
  const point = <usize>(tile1 - tile0) * pixel + GAP;
  for (let tile = tile0; tile < tile1; tile++) {
    const y = (tile / across) * 3;
    const x = (tile % across) * 3;
    // Reads beyond the border are harmless: the results are not kept.
    const r0 = source + <usize>y * sourceRow;
    const r1 = source + <usize>(y + 1) * sourceRow;
    const r2 = source + <usize>min(y + 2, height) * sourceRow;
    const r3 = source + <usize>min(y + 3, height) * sourceRow;
    const out = points + <usize>(tile - tile0) * pixel;
    for (let c: usize = 0; c < bytes; c += 16) {
      for (let j = 0; j < 4; j++) {
        const at = <usize>min(x + j, width) * sourcePixel + c;
        inputsToPoints2x2(
          v128.load(r0 + at), v128.load(r1 + at), v128.load(r2 + at), v128.load(r3 + at),
          scratch + <usize>j * 16, 64,
        );
      }
      let o = out + c;
      for (let at = scratch; at < scratch + 256; at += 64) {
        inputsToPoints2x2(
          v128.load(at), v128.load(at, 16), v128.load(at, 32), v128.load(at, 48), o, point,
        );
        o += 4 * point;
      }
    }
  }
}

/** Transforms four inputs to four points. */
// @ts-ignore: decorator
@inline
function inputsToPoints2x2(d0: v128, d1: v128, d2: v128, d3: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.sub(d0, d2));
  v128.store(to + step, f32x4.add(d1, d2));
  v128.store(to + 2 * step, f32x4.sub(d2, d1));
  v128.store(to + 3 * step, f32x4.sub(d3, d1));
}

function transformProducts2x2(
  products: usize, gain: usize, bias: usize, isRectified: i32, width: i32, height: i32,
  blocks: i32, scratch: usize, target: usize, targetRow: usize, targetPixel: usize,
  tile0: i32, tile1: i32,
): void {
  const across = (width + 2) / 3;
  const pixel = <usize>blocks * BLOCK_BYTES;
  const point = <usize>(tile1 - tile0) * pixel + GAP;
  const floor = f32x4.splat(isRectified ? 0 : -Infinity);
  for (let tile = tile0; tile < tile1; tile++) {
    const y = (tile / across) * 3;
    const x = (tile % across) * 3;
    const rows = min(3, height - y);
    const columns = min(3, width - x);
    const from = products + <usize>(tile - tile0) * pixel;
    const out = target + <usize>y * targetRow + <usize>x * targetPixel;
    for (let c: usize = 0; c < pixel; c += 16) {
      const start = bias == NO_BIAS ? f32x4.splat(0) : v128.load(bias + c);
      const factor = gain == NO_GAIN ? f32x4.splat(1) : v128.load(gain + c);
      for (let j: usize = 0; j < 4; j++) {
        let p = from + c + j * point;
        const m0 = v128.load(p); p += 4 * point;
        const m1 = v128.load(p); p += 4 * point;
        const m2 = v128.load(p); p += 4 * point;
        const m3 = v128.load(p);
        const a = f32x4.add(m1, m2);
        const t = scratch + j * 16;
        v128.store(t, f32x4.add(m0, a));
        v128.store(t, f32x4.sub(m1, m2), 64);
        v128.store(t, f32x4.add(a, m3), 128);
      }
      for (let i = 0; i < rows; i++) {
        const t = scratch + <usize>i * 64;
        const m0 = v128.load(t), m1 = v128.load(t, 16);
        const m2 = v128.load(t, 32), m3 = v128.load(t, 48);
        const a = f32x4.add(m1, m2);
        const o = out + <usize>i * targetRow + c;
        v128.store(o, normalised(f32x4.add(m0, a), factor, start, floor));
        if (columns > 1) {
          const b = f32x4.sub(m1, m2);
          v128.store(o + targetPixel, normalised(b, factor, start, floor));
        }
        if (columns > 2) {
          v128.store(o + 2 * targetPixel, normalised(f32x4.add(a, m3), factor, start, floor));
        }
      }
    }
  }
}

/**
 * Instance normalisation as a multiply-add per channel: gain = scale / deviation and
 * shift = offset − mean · gain.
 * @param sums Results of `convolveWinograd`, `stride` bytes from one thread's to the next's.
 * @param regions Number of pairs of scale and offset, and so of gain and shift: [regions][channels]
 */
export function normalisation(
  sums: usize, stride: usize, threads: i32, channels: i32, epsilon: f32,
  regions: i32, scale: usize, offset: usize, gain: usize, shift: usize,
): void {
  const pixel = <usize>channels * 4;
  const end = sums + stride * <usize>threads;
  let count: f32 = 0;
  for (let thread = sums; thread < end; thread += stride) count += load<f32>(thread);
  const share = f32x4.splat(1 / count);
  const least = f32x4.splat(0), minusTwo = f32x4.splat(-2);
  for (let c: usize = 0; c < pixel; c += 16) {
    let mean = least;
    for (let thread = sums; thread < end; thread += stride) {
      const at = thread + SUMS_HEAD + c;
      const pixels = v128.load32_splat(thread);
      mean = f32x4.add(mean, f32x4.relaxed_madd(v128.load(at), pixels, v128.load(at + pixel)));
    }
    mean = f32x4.mul(mean, share);
    let squares = least;
    for (let thread = sums; thread < end; thread += stride) {
      const at = thread + SUMS_HEAD + c;
      // Σ(v − mean)² = Σ(v − some)² − 2d·Σ(v − some) + n·d², where d = mean − some.
      const d = f32x4.sub(mean, v128.load(at));
      const most = f32x4.relaxed_madd(
        v128.load(at + pixel), minusTwo, f32x4.mul(v128.load32_splat(thread), d),
      );
      squares = f32x4.add(squares, f32x4.relaxed_madd(d, most, v128.load(at + 2 * pixel)));
    }
    const variance = f32x4.relaxed_madd(f32x4.max(squares, least), share, f32x4.splat(epsilon));
    const deviation = f32x4.sqrt(variance);
    for (let at = c; at < <usize>regions * pixel; at += pixel) {
      const g = f32x4.div(v128.load(scale + at), deviation);
      v128.store(gain + at, g);
      v128.store(shift + at, f32x4.sub(v128.load(offset + at), f32x4.mul(mean, g)));
    }
  }
}

/**
 * A multiply-add whose gain and shift are mixed from those of the regions at every position, for the
 * lines y0..y1. It is added to the target, or replaces it after ReLU.
 * @param sourceLine Bytes from one line of the source to the next; `targetLine` is the target's,
 *   which may be the source.
 * @param shares [regions][height >> halvings][width >> halvings], in planes of `plane` bytes
 * @param gain [regions][channels]; `shift` too
 */
export function regionalAffine(
  source: usize, sourceLine: usize, target: usize, targetLine: usize, width: i32, channels: i32,
  y0: i32, y1: i32, regions: i32, shares: usize, plane: usize, halvings: i32,
  gain: usize, shift: usize, isAdded: i32,
): void {
  const pixel = <usize>channels * 4;
  const floor = f32x4.splat(0);
  for (let y = y0; y < y1; y++) {
    let from = source + <usize>y * sourceLine;
    let to = target + <usize>y * targetLine;
    const line = shares + <usize>(y >> halvings) * <usize>(width >> halvings) * 4;
    for (let x = 0; x < width; x++) {
      const share = line + <usize>(x >> halvings) * 4;
      for (let c: usize = 0; c < pixel; c += 16) {
        let g = floor, s = floor;
        let at = c, k = share;
        for (let region = 0; region < regions; region++) {
          const part = v128.load32_splat(k);
          g = f32x4.relaxed_madd(part, v128.load(gain + at), g);
          s = f32x4.relaxed_madd(part, v128.load(shift + at), s);
          at += pixel;
          k += plane;
        }
        const value = f32x4.relaxed_madd(v128.load(from + c), g, s);
        v128.store(
          to + c, isAdded ? f32x4.add(v128.load(to + c), value) : f32x4.max(value, floor),
        );
      }
      from += pixel;
      to += pixel;
    }
  }
}

/**
 * stream += source · gain + shift, for the lines y0..y1.
 * @param streamLine Bytes from one line of the stream to the next; the source has no gaps.
 */
export function addNormalised(
  stream: usize, streamLine: usize, source: usize, width: i32, channels: i32,
  y0: i32, y1: i32, gain: usize, shift: usize,
): void {
  const pixel = <usize>channels * 4;
  const line = <usize>width * pixel;
  for (let y = y0; y < y1; y++) {
    const to = stream + <usize>y * streamLine;
    const from = source + <usize>y * line;
    for (let x: usize = 0; x < line; x += pixel) {
      for (let c: usize = 0; c < pixel; c += 16) {
        const value = v128.load(from + x + c);
        const sum = f32x4.add(v128.load(to + x + c), v128.load(shift + c));
        v128.store(to + x + c, f32x4.relaxed_madd(value, v128.load(gain + c), sum));
      }
    }
  }
}

/** 1 / (1 + exp(−x)), to about 1e-7. */
// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  // exp(−x) = 2^n · e^r with |r| ≤ ln 2 / 2.
  const t = f32x4.max(f32x4.min(f32x4.neg(x), f32x4.splat(80)), f32x4.splat(-80));
  const n = f32x4.nearest(f32x4.mul(t, f32x4.splat(1.44269504)));
  let r = f32x4.relaxed_madd(n, f32x4.splat(-0.693359375), t);
  r = f32x4.relaxed_madd(n, f32x4.splat(2.12194440e-4), r);
  let e = f32x4.splat(1.0 / 720);
  e = f32x4.relaxed_madd(e, r, f32x4.splat(1.0 / 120));
  e = f32x4.relaxed_madd(e, r, f32x4.splat(1.0 / 24));
  e = f32x4.relaxed_madd(e, r, f32x4.splat(1.0 / 6));
  e = f32x4.relaxed_madd(e, r, f32x4.splat(0.5));
  e = f32x4.relaxed_madd(e, r, f32x4.splat(1));
  e = f32x4.relaxed_madd(e, r, f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.div(f32x4.splat(1), f32x4.relaxed_madd(e, power, f32x4.splat(1)));
}

/**
 * Converts the last layer's outputs to the pastiche: sigmoid, and a pixel's outputs [colour][2][2] to
 * a square of 2×2.
 * @param source [height][width] of `pixel` bytes each, of which the first 12 floats are used.
 * @param target NCHW [3][2 · height][2 · width]
 */
export function finish(
  source: usize, width: i32, height: i32, pixel: usize, target: usize, y0: i32, y1: i32,
): void {
  const line = <usize>width * 8;
  const plane = line * <usize>height * 2;
  for (let y = y0; y < y1; y++) {
    let from = source + <usize>y * <usize>width * pixel;
    let to = target + <usize>y * 2 * line;
    for (let x = 0; x < width; x++) {
      let o = to;
      for (let c: usize = 0; c < 48; c += 16) {
        const square = sigmoid(v128.load(from + c));
        v128.store64_lane(o, square, 0);
        v128.store64_lane(o + line, square, 1);
        o += plane;
      }
      from += pixel;
      to += 8;
    }
  }
}

/** A colour of four pixels, 0..255, blended: `keep` · before + `gain` · pastiche, rounded. */
// @ts-ignore: decorator
@inline
function blended(before: v128, pastiche: v128, keep: v128, gain: v128): v128 {
  const sum = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(before), keep),
    f32x4.mul(pastiche, gain),
  );
  const bounded = f32x4.min(f32x4.max(sum, f32x4.splat(0)), f32x4.splat(255));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(bounded));
}

/**
 * Writes the last layer's outputs over the picture: sigmoid, blended with the original; alpha stays.
 * @param source As for `finish`.
 * @param pixels RGBA bytes; 8 bytes beyond them may be read.
 * @param strength Share of the pastiche, 0..1.
 */
export function finishPixels(
  source: usize, width: i32, pixel: usize,
  pixels: usize, pictureWidth: i32, pictureHeight: i32, strength: f32, y0: i32, y1: i32,
): void {
  const keep = f32x4.splat(1 - strength);
  const gain = f32x4.splat(255 * strength);
  const byte = i32x4.splat(0xff);
  const alpha = i32x4.splat(0xff000000);
  const line = <usize>pictureWidth * 4;
  for (let y = y0; y < y1; y++) {
    if (2 * y >= pictureHeight) break;
    const hasLower = 2 * y + 1 < pictureHeight;
    let from = source + <usize>y * <usize>width * pixel;
    let upper = pixels + <usize>y * 2 * line;
    for (let x = 0; 2 * x < pictureWidth; x++) {
      const lower = hasLower ? upper + line : upper;
      const before = v128.load64_lane(lower, v128.load64_zero(upper), 1);
      const red = blended(v128.and(before, byte), sigmoid(v128.load(from)), keep, gain);
      const green = blended(
        v128.and(i32x4.shr_u(before, 8), byte), sigmoid(v128.load(from, 16)), keep, gain,
      );
      const blue = blended(
        v128.and(i32x4.shr_u(before, 16), byte), sigmoid(v128.load(from, 32)), keep, gain,
      );
      const after = v128.or(
        v128.or(red, i32x4.shl(green, 8)),
        v128.or(i32x4.shl(blue, 16), v128.and(before, alpha)),
      );
      if (2 * x + 1 < pictureWidth) {
        v128.store64_lane(upper, after, 0);
        if (hasLower) v128.store64_lane(lower, after, 1);
      } else {
        v128.store32_lane(upper, after, 0);
        if (hasLower) v128.store32_lane(lower, after, 2);
      }
      from += pixel;
      upper += 8;
    }
  }
}
