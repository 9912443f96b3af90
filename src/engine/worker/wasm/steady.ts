/**
 * The arithmetic that keeps a video still, follows its scene and enlarges its pastiche, in
 * AssemblyScript: compiled to WebAssembly by scripts/build.mjs. Its callers are stabiliser.ts and
 * scene-shift.ts in src/engine/worker/stabiliser, and src/engine/worker/details.ts; they also determine all
 * addresses, in a memory for one video.
 *
 * Pixels are RGBA bytes. Means are RGBA in 16 bits, a byte times 256; their alpha is unused. Green is
 * one byte a pixel. Arrays that are read in groups are padded by one group.
 */

/** Radius of the neighbourhood in pixels. */
const RADIUS: i32 = 2;

/** Number of pixels of the neighbourhood. */
const AREA: f32 = 25;

/** Differences, summed over red, green and blue, up to which they are noise, and from which movement. */
const NOISE: f32 = 14;
const MOVEMENT: f32 = 42;

/** Share of a new frame in the mean of a part that doesn't move. */
const MIN_SHARE: f32 = 0.12;

/** Shares and means are integers; this is 1. */
const ONE: i32 = 256;

/** Absolute difference of 8 pairs of unsigned 16-bit numbers. */
// @ts-ignore: decorator
@inline
function apart(a: v128, b: v128): v128 {
  return v128.or(i16x8.sub_sat_u(a, b), i16x8.sub_sat_u(b, a));
}

/**
 * The difference of every pixel from its mean, summed over the neighbourhood within its row.
 * @param line Buffer for `width` + 2 · RADIUS numbers.
 * @param rows Receives [height][width] numbers.
 */
export function compareRows(
  pixels: usize, means: usize, line: usize, rows: usize, width: i32, height: i32,
): void {
  const colours = i16x8(1, 1, 1, 0, 1, 1, 1, 0);
  const inside = line + <usize>RADIUS * 4;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 4) {
      const four = v128.load(pixels + <usize>x * 4);
      const mean = means + <usize>x * 8;
      const zero = i8x16.splat(0);
      // A byte in the upper half of 16 bits is that byte times 256.
      const first = i8x16.shuffle(zero, four, 0, 16, 0, 17, 0, 18, 0, 19, 0, 20, 0, 21, 0, 22, 0, 23);
      const second = i8x16.shuffle(zero, four, 0, 24, 0, 25, 0, 26, 0, 27, 0, 28, 0, 29, 0, 30, 0, 31);
      // Sixteenths, so that the sum of three fits.
      const a = i16x8.shr_u(apart(first, v128.load(mean)), 4);
      const b = i16x8.shr_u(apart(second, v128.load(mean, 16)), 4);
      const left = i32x4.dot_i16x8_s(a, colours);
      const right = i32x4.dot_i16x8_s(b, colours);
      const sum = i32x4.add(
        v128.shuffle<i32>(left, right, 0, 2, 4, 6),
        v128.shuffle<i32>(left, right, 1, 3, 5, 7),
      );
      v128.store(inside + <usize>x * 4, i32x4.shr_u(sum, 4));
    }
    // Border pixels are repeated outwards.
    const last = inside + <usize>(width - 1) * 4;
    for (let i = 1; i <= RADIUS; i++) {
      store<i32>(inside - <usize>i * 4, load<i32>(inside));
      store<i32>(last + <usize>i * 4, load<i32>(last));
    }
    for (let x = 0; x < width; x += 4) {
      const from = line + <usize>x * 4;
      const outer = i32x4.add(v128.load(from), v128.load(from, 16));
      const inner = i32x4.add(v128.load(from, 4), v128.load(from, 12));
      v128.store(rows + <usize>x * 4, i32x4.add(i32x4.add(outer, inner), v128.load(from, 8)));
    }
    pixels += <usize>width * 4;
    means += <usize>width * 8;
    rows += <usize>width * 4;
  }
}

/** Address of a row, clamped to the existing ones. */
// @ts-ignore: decorator
@inline
function rowAt(rows: usize, y: i32, width: i32, height: i32): usize {
  return rows + <usize>(max(0, min(height - 1, y)) * width) * 4;
}

/**
 * The share of the new frame in every pixel's mean, from the sums within rows.
 * @param sums Buffer for `width` numbers.
 * @param shares Receives [height][width] numbers, 0..ONE.
 */
export function shareOut(
  rows: usize, sums: usize, shares: usize, width: i32, height: i32,
): void {
  memory.fill(sums, 0, <usize>width * 4 + 16);
  for (let y = -RADIUS; y <= RADIUS; y++) {
    const row = rowAt(rows, y, width, height);
    for (let x: usize = 0; x < <usize>width * 4; x += 16) {
      v128.store(sums + x, i32x4.add(v128.load(sums + x), v128.load(row + x)));
    }
  }
  const scale = f32x4.splat(1 / (AREA * (MOVEMENT - NOISE)));
  const offset = f32x4.splat(-NOISE / (MOVEMENT - NOISE));
  const least = f32x4.splat(MIN_SHARE * <f32>ONE);
  const rest = f32x4.splat((1 - MIN_SHARE) * <f32>ONE);
  for (let y = 0; y < height; y++) {
    const next = rowAt(rows, y + RADIUS + 1, width, height);
    const past = rowAt(rows, y - RADIUS, width, height);
    for (let x: usize = 0; x < <usize>width * 4; x += 16) {
      const sum = v128.load(sums + x);
      const moves = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), scale), offset);
      const share = f32x4.min(f32x4.max(moves, f32x4.splat(0)), f32x4.splat(1));
      // Smoothstep.
      const smooth = f32x4.mul(
        f32x4.mul(share, share),
        f32x4.sub(f32x4.splat(3), f32x4.add(share, share)),
      );
      const whole = f32x4.nearest(f32x4.add(f32x4.mul(smooth, rest), least));
      v128.store(shares + x, i32x4.trunc_sat_f32x4_s(whole));
      const change = i32x4.sub(v128.load(next + x), v128.load(past + x));
      v128.store(sums + x, i32x4.add(sum, change));
    }
    shares += <usize>width * 4;
  }
}

/** Two pixels' means, moved by their shares: all of it fits 16 bits without sign. */
// @ts-ignore: decorator
@inline
function moved(mean: v128, value: v128, share: v128): v128 {
  const rest = i16x8.sub(i16x8.splat(<i16>ONE), share);
  const upper = i16x8.mul(i16x8.shr_u(mean, 8), rest);
  const lower = i16x8.mul(v128.and(mean, i16x8.splat(255)), rest);
  const rounded = i16x8.shr_u(i16x8.add(lower, i16x8.splat(<i16>(ONE / 2))), 8);
  return i16x8.add(i16x8.add(i16x8.mul(value, share), upper), rounded);
}

/** Moves every mean by its share towards the pixel, and the pixel to the mean; alpha stays. */
export function merge(means: usize, pixels: usize, shares: usize, count: i32): void {
  const half = i16x8.splat(128);
  const alpha = i32x4.splat(0xff000000);
  const end = shares + <usize>count * 4;
  for (; shares < end; shares += 16, pixels += 16, means += 32) {
    const four = v128.load(pixels);
    const share = v128.load(shares);
    const first = moved(
      v128.load(means), i16x8.extend_low_i8x16_u(four),
      v128.shuffle<i16>(share, share, 0, 0, 0, 0, 2, 2, 2, 2),
    );
    const second = moved(
      v128.load(means, 16), i16x8.extend_high_i8x16_u(four),
      v128.shuffle<i16>(share, share, 4, 4, 4, 4, 6, 6, 6, 6),
    );
    v128.store(means, first);
    v128.store(means, second, 16);
    const bytes = i8x16.narrow_i16x8_u(
      i16x8.shr_u(i16x8.add(first, half), 8),
      i16x8.shr_u(i16x8.add(second, half), 8),
    );
    v128.store(pixels, v128.bitselect(four, bytes, alpha));
  }
}

/** Starts the means with the first frame. */
export function begin(means: usize, pixels: usize, count: i32): void {
  const end = pixels + <usize>count * 4;
  for (; pixels < end; pixels += 4, means += 8) {
    const value = i16x8.shl(i16x8.extend_low_i8x16_u(v128.load32_zero(pixels)), 8);
    v128.store64_lane(means, value, 0);
  }
}

/** Interval of the rows that count when two frames are compared. */
const ROW_STEP: i32 = 4;

/** Extracts green, which carries most of the lightness. */
export function greenOf(pixels: usize, green: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count; at += 16) {
    const from = pixels + 4 * at;
    const left = i8x16.shuffle(
      v128.load(from), v128.load(from, 16), 1, 5, 9, 13, 17, 21, 25, 29, 1, 5, 9, 13, 17, 21, 25, 29,
    );
    const right = i8x16.shuffle(
      v128.load(from, 32), v128.load(from, 48),
      1, 5, 9, 13, 17, 21, 25, 29, 1, 5, 9, 13, 17, 21, 25, 29,
    );
    v128.store(green + at, v128.shuffle<i64>(left, right, 0, 2));
  }
}

/** Extracts green of means, with the first and last row repeated above and below. */
export function greenOfMeans(means: usize, green: usize, width: i32, height: i32): void {
  const count = <usize>(width * height);
  // Green's upper byte is the fourth of a mean's eight.
  for (let at: usize = 0; at < count; at += 8) {
    const from = means + 8 * at;
    const left = i8x16.shuffle(
      v128.load(from), v128.load(from, 16), 3, 11, 19, 27, 3, 11, 19, 27, 3, 11, 19, 27, 3, 11, 19, 27,
    );
    const right = i8x16.shuffle(
      v128.load(from, 32), v128.load(from, 48),
      3, 11, 19, 27, 3, 11, 19, 27, 3, 11, 19, 27, 3, 11, 19, 27,
    );
    v128.store64_lane(green + at, v128.shuffle<i32>(left, right, 0, 4, 0, 4), 0);
  }
  memory.copy(green - width, green, width);
  memory.copy(green + count, green + count - width, width);
}

/**
 * Extracts green and its sums over columns and rows.
 * @param columns Receives `width` sums, each less the one before it; the first is 0.
 * @param rows Receives `height` such sums.
 */
export function takeGreen(
  pixels: usize, green: usize, columns: usize, rows: usize, width: i32, height: i32,
): void {
  memory.fill(columns, 0, <usize>width * 4);
  greenOf(pixels, green, width * height);
  for (let y = 0; y < height; y++) {
    let sum = i32x4.splat(0);
    let x: usize = 0;
    for (; x + 4 <= <usize>width; x += 4) {
      const four = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(green + x)));
      sum = i32x4.add(sum, four);
      v128.store(columns + 4 * x, i32x4.add(v128.load(columns + 4 * x), four));
    }
    let row = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) +
      i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    for (; x < <usize>width; x++) {
      const value = <i32>load<u8>(green + x);
      row += value;
      store<i32>(columns + 4 * x, load<i32>(columns + 4 * x) + value);
    }
    store<i32>(rows + <usize>y * 4, row);
    green += <usize>width;
  }
  lessTheOneBefore(columns, width);
  lessTheOneBefore(rows, height);
}

function lessTheOneBefore(line: usize, length: i32): void {
  for (let at = line + <usize>(length - 1) * 4; at > line; at -= 4) {
    store<i32>(at, load<i32>(at) - load<i32>(at - 4));
  }
  store<i32>(line, 0);
}

/**
 * Mean absolute difference, 0..255, between a frame and an earlier one that is shifted to the right
 * by `x` and down by `y`; infinite where fewer than 16 columns overlap.
 * @param now Its green.
 * @param before The earlier one's.
 */
export function difference(
  now: usize, before: usize, width: i32, height: i32, x: i32, y: i32,
): f32 {
  const left = max(0, x);
  const groups = (width + min(0, x) - left) >> 4;
  const bottom = height + min(0, y);
  const back = <usize>(y * width + x);
  let sum = i32x4.splat(0);
  let count = 0;
  for (let row = max(0, y); row < bottom; row += ROW_STEP) {
    let at = now + <usize>(row * width + left);
    for (let group = 0; group < groups; group++, at += 16) {
      const a = v128.load(at);
      const b = v128.load(before + (at - now) - back);
      const apart = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
      sum = i32x4.add(
        sum,
        i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(apart)),
      );
    }
    count += 16 * groups;
  }
  if (count === 0) return Infinity;
  const total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
  return <f32>total / <f32>count;
}

/**
 * The shift of a line of sums, `most` at most: the smallest that explains it best.
 * @param before Sums of columns or rows from takeGreen.
 */
export function alongLine(now: usize, before: usize, length: i32, most: i32): i32 {
  let best = 0;
  let least = f32.MAX_VALUE;
  for (let step = 0; step <= 2 * most; step++) {
    // 0, 1, −1, 2, −2 …
    const shift = step & 1 ? (step + 1) >> 1 : -(step >> 1);
    const from = 1 + max(0, shift);
    const to = length + min(0, shift);
    let sums = i32x4.splat(0);
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const there = v128.load(before + <usize>(i - shift) * 4);
      sums = i32x4.add(sums, i32x4.abs(i32x4.sub(v128.load(now + <usize>i * 4), there)));
    }
    let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    for (; i < to; i++) {
      sum += abs(load<i32>(now + <usize>i * 4) - load<i32>(before + <usize>(i - shift) * 4));
    }
    const mean = <f32>sum / <f32>(to - from);
    if (mean < least) {
      least = mean;
      best = shift;
    }
  }
  return best;
}

/** Bits of a byte's fraction in a sum of taps. */
const FRACTION: i32 = 6;
const HALF: i16 = 32;

/** A weight, 0..1, of one tap of a cubic convolution (Keys 1981, a = −1/2), in 15 bits. */
// @ts-ignore: decorator
@inline
function tap(distance: f32): v128 {
  const d = abs(distance);
  const weight = d < 1 ? (1.5 * d - 2.5) * d * d + 1 : ((-0.5 * d + 2.5) * d - 4) * d + 2;
  return i16x8.splat(<i16>min(32767, nearest(weight * 32768)));
}

/** The weighted sum of four groups of 16 bytes. */
// @ts-ignore: decorator
@inline
function weigh(
  a: v128, b: v128, c: v128, d: v128, wa: v128, wb: v128, wc: v128, wd: v128,
): v128 {
  const half = i16x8.splat(HALF);
  let low = i16x8.add(half, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(a), FRACTION), wa));
  low = i16x8.add(low, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(b), FRACTION), wb));
  low = i16x8.add(low, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(c), FRACTION), wc));
  low = i16x8.add(low, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(d), FRACTION), wd));
  let high = i16x8.add(half, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(a), FRACTION), wa));
  high = i16x8.add(high, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(b), FRACTION), wb));
  high = i16x8.add(high, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(c), FRACTION), wc));
  high = i16x8.add(high, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(d), FRACTION), wd));
  return i8x16.narrow_i16x8_u(i16x8.shr_s(low, FRACTION), i16x8.shr_s(high, FRACTION));
}

/**
 * Shifts a picture by a fraction of a pixel: the value at an offset of (x, y) from a pixel moves to it.
 * @param moved Receives it, RGBA; at another address.
 * @param line Buffer for a row and 16 bytes to either side.
 * @param x From −1 to 1, as `y`.
 */
export function displace(
  pixels: usize, moved: usize, line: usize, width: i32, height: i32, x: f32, y: f32,
): void {
  const left = floor(x);
  const t = x - left;
  const above = <i32>floor(y);
  const u = y - floor(y);
  const wa = tap(1 + t), wb = tap(t), wc = tap(1 - t), wd = tap(2 - t);
  const va = tap(1 + u), vb = tap(u), vc = tap(1 - u), vd = tap(2 - u);
  const inside = line + 16;
  const last = inside + <usize>(width - 1) * 4;
  const from = inside + 4 * <usize>(<i32>left - 1);
  for (let row = 0; row < height; row++, moved += <usize>width * 4) {
    const a = rowAt(pixels, row + above - 1, width, height);
    const b = rowAt(pixels, row + above, width, height);
    const c = rowAt(pixels, row + above + 1, width, height);
    const d = rowAt(pixels, row + above + 2, width, height);
    for (let at: usize = 0; at < <usize>width * 4; at += 16) {
      const sum = weigh(
        v128.load(a + at), v128.load(b + at), v128.load(c + at), v128.load(d + at), va, vb, vc, vd,
      );
      v128.store(inside + at, sum);
    }
    // Border pixels are repeated outwards.
    v128.store(line, v128.load32_splat(inside));
    v128.store(last + 4, v128.load32_splat(last));
    for (let at: usize = 0; at < <usize>width * 4; at += 16) {
      const sum = weigh(
        v128.load(from + at), v128.load(from + at, 4), v128.load(from + at, 8),
        v128.load(from + at, 12), wa, wb, wc, wd,
      );
      v128.store(moved + at, sum);
    }
  }
}

/** Side of the blocks that are followed separately: one group of bytes. */
const BLOCK: i32 = 16;

/** Maximum difference, summed over a block's green, of a block at rest. */
const STILL: i32 = 2 * BLOCK * BLOCK;

/** Maximum movement of a block, also beyond the edges. In pixels. */
const FARTHEST: i32 = 24;
const BEYOND: i32 = 1;

/** A movement must reduce a block's difference to this share. */
const EXPLAINED: f32 = 0.4;

/** Start of a block; the last one overlaps the one before it. */
// @ts-ignore: decorator
@inline
function blockAt(index: i32, length: i32): i32 {
  return min(BLOCK * index, length - BLOCK);
}

// @ts-ignore: decorator
@inline
function blocksIn(length: i32): i32 {
  return (length + BLOCK - 1) / BLOCK;
}

/** Difference between a block's green and that of the means, shifted by (dx, dy). */
function blockDifference(
  green: usize, means: usize, width: i32, height: i32, x: i32, y: i32, dx: i32, dy: i32,
): i32 {
  if (max(abs(dx), abs(dy)) > FARTHEST) return i32.MAX_VALUE;
  const left = x - dx, top = y - dy;
  if (
    left < -BEYOND || left > width - BLOCK + BEYOND ||
    top < -BEYOND || top > height - BLOCK + BEYOND
  ) return i32.MAX_VALUE;
  let now = green + <usize>(y * width + x);
  let then = means + <usize>(top * width + left);
  let sum = i16x8.splat(0);
  for (let row = 0; row < BLOCK; row++, now += width, then += width) {
    const a = v128.load(now), b = v128.load(then);
    const far = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
    sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(far));
  }
  const sums = i32x4.extadd_pairwise_i16x8_u(sum);
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

/** Position of the minimum between three differences, of which the middle one is the smallest. */
// @ts-ignore: decorator
@inline
function leastBetween(before: i32, here: i32, after: i32): f32 {
  const rise = <f32>(max(before, after) - here);
  if (max(before, after) === i32.MAX_VALUE || rise < 1) return 0;
  return max(<f32>-0.5, min(<f32>0.5, <f32>(before - after) / (2 * rise)));
}

/**
 * Estimates the movement of every block of a frame relative to the means.
 * @param green The frame's, and `means` theirs, with a row more above and below; both sides are
 *   2 · BLOCK at least.
 * @param vectors Two floats for each block: in, the last frame's; out, this one's.
 * @returns The number of moving blocks.
 */
export function findMovement(
  green: usize, means: usize, vectors: usize, width: i32, height: i32,
): i32 {
  const columns = blocksIn(width), rows = blocksIn(height);
  let moving = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, vectors += 8) {
      const x = blockAt(column, width), y = blockAt(row, height);
      const still = blockDifference(green, means, width, height, x, y, 0, 0);
      let bestX = 0, bestY = 0, least = still;
      if (still > STILL) {
        // The block's last movement, or those of its neighbours.
        for (let i = 0; i < 4; i++) {
          if ((i === 1 && column === 0) || (i >= 2 && row === 0)) continue;
          if (i === 3 && column === columns - 1) continue;
          const away = i === 0 ? 0 : i === 1 ? 1 : i === 2 ? columns : columns - 1;
          const other = vectors - <usize>away * 8;
          const dx = <i32>nearest(load<f32>(other)), dy = <i32>nearest(load<f32>(other, 4));
          const there = blockDifference(green, means, width, height, x, y, dx, dy);
          if (there < least) {
            least = there;
            bestX = dx;
            bestY = dy;
          }
        }
        for (let step = least > STILL ? 4 : 1; step > 0; step >>= 1) {
          for (let turns = 0; turns < FARTHEST; turns++) {
            const fromX = bestX, fromY = bestY;
            for (let side = 0; side < 4; side++) {
              const dx = fromX + (side === 0 ? -step : side === 1 ? step : 0);
              const dy = fromY + (side === 2 ? -step : side === 3 ? step : 0);
              const there = blockDifference(green, means, width, height, x, y, dx, dy);
              if (there < least) {
                least = there;
                bestX = dx;
                bestY = dy;
              }
            }
            if (bestX === fromX && bestY === fromY) break;
          }
        }
      }
      let vx: f32 = 0, vy: f32 = 0;
      if (still > STILL) {
        const left = blockDifference(green, means, width, height, x, y, bestX - 1, bestY);
        const right = blockDifference(green, means, width, height, x, y, bestX + 1, bestY);
        const above = blockDifference(green, means, width, height, x, y, bestX, bestY - 1);
        const below = blockDifference(green, means, width, height, x, y, bestX, bestY + 1);
        const fractionX = leastBetween(left, least, right);
        const fractionY = leastBetween(above, least, below);
        // Differences rise evenly to both sides of their minimum.
        const gain = abs(fractionX) * <f32>(max(left, right) - least) +
          abs(fractionY) * <f32>(max(above, below) - least);
        if (<f32>least - gain <= EXPLAINED * <f32>still) {
          vx = <f32>bestX + fractionX;
          vy = <f32>bestY + fractionY;
        }
      }
      store<f32>(vectors, vx);
      store<f32>(vectors, vy, 4);
      if (vx !== 0 || vy !== 0) moving++;
    }
  }
  return moving;
}

/** The weighted sum of four groups of 8 signed numbers. */
// @ts-ignore: decorator
@inline
function weighWords(
  a: v128, b: v128, c: v128, d: v128, wa: v128, wb: v128, wc: v128, wd: v128,
): v128 {
  return i16x8.add_sat_s(
    i16x8.add_sat_s(i16x8.q15mulr_sat_s(a, wa), i16x8.q15mulr_sat_s(d, wd)),
    i16x8.add_sat_s(i16x8.q15mulr_sat_s(b, wb), i16x8.q15mulr_sat_s(c, wc)),
  );
}

/** Whether a block moves. */
// @ts-ignore: decorator
@inline
function isMoved(vector: usize): bool {
  return load<f32>(vector) !== 0 || load<f32>(vector, 4) !== 0;
}

/**
 * Moves the blocks of means that move along their vectors.
 * @param spare Buffer for as many means.
 * @param block Buffer for BLOCK + 3 rows of a block, and for one row of BLOCK + 3 pixels.
 * @param vectors From `findMovement`.
 */
export function moveBlocks(
  means: usize, spare: usize, block: usize, vectors: usize, width: i32, height: i32,
): void {
  const line = <usize>width * 8;
  let vector = vectors;
  for (let row = 0; row < blocksIn(height); row++) {
    for (let column = 0; column < blocksIn(width); column++, vector += 8) {
      if (!isMoved(vector)) continue;
      const x = blockAt(column, width), y = blockAt(row, height);
      const fromX = <f32>x - load<f32>(vector), fromY = <f32>y - load<f32>(vector, 4);
      let to = spare + 8 * <usize>(y * width + x);
      const left = floor(fromX), top = floor(fromY);
      const t = fromX - left, u = fromY - top;
      const wa = tap(1 + t), wb = tap(t), wc = tap(1 - t), wd = tap(2 - t);
      const va = tap(1 + u), vb = tap(u), vc = tap(1 - u), vd = tap(2 - u);
      const first = <i32>left - 1;
      const isInside = first >= 0 && first + BLOCK + 3 <= width;
      const padded = block + <usize>(8 * BLOCK * (BLOCK + 3));
      for (let i = 0; i < BLOCK + 3; i++) {
        const row = means + line * <usize>max(0, min(height - 1, <i32>top - 1 + i));
        let from = row + 8 * <usize>first;
        if (!isInside) {
          // Border pixels are repeated outwards.
          for (let k = 0; k < BLOCK + 3; k++) {
            const nearest = row + 8 * <usize>max(0, min(width - 1, first + k));
            store<u64>(padded + 8 * <usize>k, load<u64>(nearest));
          }
          from = padded;
        }
        for (let at: usize = 0; at < 8 * BLOCK; at += 16) {
          // Halved, to make space for a sign.
          const sum = weighWords(
            i16x8.shr_u(v128.load(from + at), 1), i16x8.shr_u(v128.load(from + at, 8), 1),
            i16x8.shr_u(v128.load(from + at, 16), 1), i16x8.shr_u(v128.load(from + at, 24), 1),
            wa, wb, wc, wd,
          );
          v128.store(block + <usize>(8 * BLOCK * i) + at, sum);
        }
      }
      for (let i = 0; i < BLOCK; i++, to += line) {
        for (let at: usize = 0; at < 8 * BLOCK; at += 16) {
          const rowOf = block + <usize>(8 * BLOCK * i) + at;
          const sum = weighWords(
            v128.load(rowOf), v128.load(rowOf, 128), v128.load(rowOf, 256), v128.load(rowOf, 384),
            va, vb, vc, vd,
          );
          v128.store(to + at, i16x8.shl(i16x8.max_s(sum, i16x8.splat(0)), 1));
        }
      }
    }
  }
  vector = vectors;
  for (let row = 0; row < blocksIn(height); row++) {
    for (let column = 0; column < blocksIn(width); column++, vector += 8) {
      if (!isMoved(vector)) continue;
      let at = 8 * <usize>(blockAt(row, height) * width + blockAt(column, width));
      for (let i = 0; i < BLOCK; i++, at += line) memory.copy(means + at, spare + at, 8 * BLOCK);
    }
  }
}

/** Share of a new pastiche in the mean of a moving block. */
const FOLLOWED: i32 = 64;

/**
 * Sets the shares of moving blocks: their noise can't be seen, and the frame is sharpest as it is, so
 * its share is ONE, and its pastiche's at least FOLLOWED.
 * @param shares Of frames; changed.
 * @param painted Receives those of pastiches.
 */
export function shareMovement(
  shares: usize, painted: usize, vectors: usize, width: i32, height: i32,
): void {
  memory.copy(painted, shares, 4 * <usize>(width * height));
  for (let row = 0; row < blocksIn(height); row++) {
    for (let column = 0; column < blocksIn(width); column++, vectors += 8) {
      if (!isMoved(vectors)) continue;
      let at = 4 * <usize>(blockAt(row, height) * width + blockAt(column, width));
      for (let i = 0; i < BLOCK; i++, at += 4 * <usize>width) {
        for (let k = at; k < at + 4 * BLOCK; k += 16) {
          const share = v128.load(painted + k);
          v128.store(painted + k, i32x4.max_s(share, i32x4.splat(FOLLOWED)));
          v128.store(shares + k, i32x4.splat(ONE));
        }
      }
    }
  }
}

/**
 * Reduces a picture; every pixel becomes the mean of those that it covers.
 * @param into Receives it, RGBA of `smallWidth` × `smallHeight`.
 * @param line Buffer for a row of `width` pixels in 16 bits.
 * @param columns For each column, and `rows` for each row, `span` numbers of 32 bits: the index of the
 *   first that it covers, their number, and their weights, whose sum is 256.
 */
export function reduce(
  pixels: usize, width: i32, into: usize, smallWidth: i32, smallHeight: i32,
  line: usize, columns: usize, rows: usize, span: i32,
): void {
  const bytes = <usize>width * 4;
  const step = <usize>span * 4;
  for (let y = 0; y < smallHeight; y++, rows += step) {
    memory.fill(line, 0, 2 * bytes + 32);
    let row = pixels + <usize>load<i32>(rows) * bytes;
    const lines = load<i32>(rows, 4);
    for (let i = 0; i < lines; i++, row += bytes) {
      const weight = i16x8.splat(<i16>load<i32>(rows + 4 * <usize>i, 8));
      for (let at: usize = 0; at < bytes; at += 16) {
        const sums = line + 2 * at;
        const bytes16 = v128.load(row + at);
        const low = i16x8.mul(i16x8.extend_low_i8x16_u(bytes16), weight);
        const high = i16x8.mul(i16x8.extend_high_i8x16_u(bytes16), weight);
        v128.store(sums, i16x8.add(v128.load(sums), low));
        v128.store(sums, i16x8.add(v128.load(sums, 16), high), 16);
      }
    }
    for (let x = 0, column = columns; x < smallWidth; x++, column += step, into += 4) {
      let sums = line + 8 * <usize>load<i32>(column);
      const pixelsOf = load<i32>(column, 4);
      let sum = i32x4.splat(1 << 15);
      for (let i = 0; i < pixelsOf; i++, sums += 8) {
        const weight = v128.load32_splat(column + 4 * <usize>i, 8);
        const value = i32x4.extend_low_i16x8_u(v128.load64_zero(sums));
        sum = i32x4.add(sum, i32x4.mul(value, weight));
      }
      const words = i16x8.narrow_i32x4_u(i32x4.shr_u(sum, 16), i32x4.splat(0));
      v128.store32_lane(into, i8x16.narrow_i16x8_u(words, words), 0);
    }
  }
}

/** Rec. 709 weights of red, green and blue, in 256ths. */
// @ts-ignore: decorator
@inline
function lightness(four: v128): v128 {
  const weights = i16x8(54, 183, 19, 0, 54, 183, 19, 0);
  const left = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(four), weights);
  const right = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(four), weights);
  return i32x4.add(
    v128.shuffle<i32>(left, right, 0, 2, 4, 6),
    v128.shuffle<i32>(left, right, 1, 3, 5, 7),
  );
}

/** The lightness of every pixel, a byte each. */
export function takeLightness(pixels: usize, into: usize, count: i32): void {
  for (let at: usize = 0; at < <usize>count; at += 4) {
    const rounded = i32x4.shr_u(i32x4.add(lightness(v128.load(pixels + 4 * at)), i32x4.splat(128)), 8);
    const words = i16x8.narrow_i32x4_u(rounded, rounded);
    v128.store32_lane(into + at, i8x16.narrow_i16x8_u(words, words), 0);
  }
}

/**
 * Widens every row of a picture, linearly.
 * @param columns For each wide column two numbers of 32 bits: the left one of the two columns between
 *   which it lies, which is never the last, and the weight of the right one, in 256ths.
 */
export function widen(
  pixels: usize, width: i32, height: i32, into: usize, wideWidth: i32, columns: usize,
): void {
  const half = i16x8.splat(128);
  for (let y = 0; y < height; y++, pixels += <usize>width * 4) {
    for (let x: usize = 0; x < <usize>wideWidth; x++, into += 4) {
      const right = load<i32>(columns + 8 * x, 4);
      const weights = v128.shuffle<i64>(i16x8.splat(<i16>(256 - right)), i16x8.splat(<i16>right), 0, 2);
      const two = v128.load64_zero(pixels + 4 * <usize>load<i32>(columns + 8 * x));
      const parts = i16x8.mul(i16x8.extend_low_i8x16_u(two), weights);
      const sum = i16x8.add(parts, v128.shuffle<i64>(parts, parts, 1, 0));
      const rounded = i16x8.shr_u(i16x8.add(sum, half), 8);
      v128.store32_lane(into, i8x16.narrow_i16x8_u(rounded, rounded), 0);
    }
  }
}

/** As `widen`, for one byte a pixel. */
export function widenLightness(
  bytes: usize, width: i32, height: i32, into: usize, wideWidth: i32, columns: usize,
): void {
  for (let y = 0; y < height; y++, bytes += width) {
    for (let x: usize = 0; x < <usize>wideWidth; x++, into++) {
      const right = load<i32>(columns + 8 * x, 4);
      const left = bytes + <usize>load<i32>(columns + 8 * x);
      const sum = <i32>load<u8>(left) * (256 - right) + <i32>load<u8>(left, 1) * right;
      store<u8>(into, <u8>((sum + 128) >> 8));
    }
  }
}

/** Differences of lightness up to this are noise, in 256ths of a level. */
const GRAIN: i32 = 4 * 256;

/** Share of the frame's details, in 256ths: with all of them the result is a tinted photograph. */
const DETAIL: i32 = 180;

/** Interpolates two rows of 16 bytes, in 16 bits: the lower half, and the upper one. */
// @ts-ignore: decorator
@inline
function between(a: v128, b: v128, above: v128, below: v128): v128 {
  const sum = i16x8.add(i16x8.mul(a, above), i16x8.mul(b, below));
  return i16x8.shr_u(i16x8.add(sum, i16x8.splat(128)), 8);
}

/**
 * Enlarges a wide pastiche to the height of its frame, and adds the lightness that the frame has beyond
 * its own small version.
 * @param frame RGBA of `width`, a multiple of 4, × `height`; receives the pastiche.
 * @param painted The pastiche, and `light` the frame's lightness, both from `widen`.
 * @param paintedRows For each row of the frame, and `lightRows` likewise, as `columns` of `widen`.
 */
export function addDetails(
  frame: usize, width: i32, height: i32,
  painted: usize, paintedRows: usize, light: usize, lightRows: usize,
): void {
  const bytes = <usize>width * 4;
  const opaque = i32x4.splat(0xff000000);
  for (let y = 0; y < height; y++, frame += bytes, paintedRows += 8, lightRows += 8) {
    const a = painted + <usize>load<i32>(paintedRows) * bytes;
    const b = a + bytes;
    const below = i16x8.splat(<i16>load<i32>(paintedRows, 4));
    const above = i16x8.sub(i16x8.splat(256), below);
    const lightA = light + <usize>load<i32>(lightRows) * width;
    const lightB = lightA + width;
    const lightBelow = i32x4.splat(load<i32>(lightRows, 4));
    const lightAbove = i32x4.sub(i32x4.splat(256), lightBelow);
    for (let at: usize = 0; at < bytes; at += 16) {
      const upper = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(lightA + (at >> 2))));
      const lower = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(lightB + (at >> 2))));
      const small = i32x4.add(i32x4.mul(upper, lightAbove), i32x4.mul(lower, lightBelow));
      const beyond = i32x4.sub(lightness(v128.load(frame + at)), small);
      const grain = i32x4.splat(GRAIN);
      const told = i32x4.sub(beyond, i32x4.max_s(i32x4.min_s(beyond, grain), i32x4.neg(grain)));
      const scaled = i32x4.add(i32x4.mul(told, i32x4.splat(DETAIL)), i32x4.splat(1 << 15));
      const detail = i32x4.shr_s(scaled, 16);
      // Repeated for the red, green, blue and alpha of each of the four pixels.
      const first = v128.shuffle<i16>(detail, detail, 0, 0, 0, 0, 2, 2, 2, 2);
      const second = v128.shuffle<i16>(detail, detail, 4, 4, 4, 4, 6, 6, 6, 6);
      const rowA = v128.load(a + at), rowB = v128.load(b + at);
      const left = between(i16x8.extend_low_i8x16_u(rowA), i16x8.extend_low_i8x16_u(rowB), above, below);
      const right = between(i16x8.extend_high_i8x16_u(rowA), i16x8.extend_high_i8x16_u(rowB), above, below);
      const sum = i8x16.narrow_i16x8_u(i16x8.add(left, first), i16x8.add(right, second));
      v128.store(frame + at, v128.or(sum, opaque));
    }
  }
}
