/**
 * Lightness and chroma in Oklab (Björn Ottosson, 2020), a space in which equal distances look about
 * equal. sRGB components are 0..1.
 */

/** Linear light of sRGB bytes. */
const LINEAR_BYTE = Float64Array.from({ length: 256 }, (_, byte) => toLinear(byte / 255));

/** Steps of the tables between sRGB and linear light, which are interpolated. */
const STEPS = 4096;
const TO_LINEAR = Float64Array.from({ length: STEPS + 2 }, (_, i) => toLinear(i / STEPS));
/** By the square root of linear light, over which the curve is nearly straight. */
const FROM_LINEAR = Float64Array.from({ length: STEPS + 2 }, (_, i) =>
  fromLinear((i / STEPS) ** 2),
);

/** Number of halvings in the search for the largest chroma that a screen can show. */
const HALVINGS = 8;

/** Components may exceed 0..1 by this much: they round to the same byte. */
const TOLERANCE = 0.4 / 255;

/**
 * Combines the lightness of the pastiche's colour with the chroma of the photograph's. If no screen
 * can show the result, its chroma is reduced; hue and lightness stay.
 * @param photograph RGBA bytes.
 * @param at Index of the pixel's first byte.
 * @param red The pastiche's components; clamped to 0..1.
 * @param into Receives red, green and blue, 0..1.
 */
export function keepColour(
  photograph: Uint8ClampedArray,
  at: number,
  red: number,
  green: number,
  blue: number,
  into: Float64Array,
): void {
  const lightness = lightnessOf(linearOf(red), linearOf(green), linearOf(blue));
  const r = LINEAR_BYTE[photograph[at]!]!;
  const g = LINEAR_BYTE[photograph[at + 1]!]!;
  const b = LINEAR_BYTE[photograph[at + 2]!]!;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  if (!toRgb(lightness, a, bb, into)) {
    let most = 1;
    let least = 0;
    for (let i = 0; i < HALVINGS; i++) {
      const share = (most + least) / 2;
      if (toRgb(lightness, a * share, bb * share, into)) least = share;
      else most = share;
    }
    toRgb(lightness, a * least, bb * least, into);
  }
}

/** Oklab of an sRGB colour: lightness 0..1, and the two axes of chroma. */
export function oklabOf(red: number, green: number, blue: number): [number, number, number] {
  const r = toLinear(red);
  const g = toLinear(green);
  const b = toLinear(blue);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function lightnessOf(r: number, g: number, b: number): number {
  return (
    0.2104542553 * Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) +
    0.793617785 * Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) -
    0.0040720468 * Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  );
}

/** Writes the sRGB of an Oklab colour, clamped; returns whether a screen shows the colour. */
function toRgb(lightness: number, a: number, b: number, into: Float64Array): boolean {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  into[0] = 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s;
  into[1] = -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s;
  into[2] = -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s;
  let shows = true;
  for (let i = 0; i < 3; i++) {
    const linear = into[i]!;
    // Near black the curve is a straight line of slope 12.92, near white it is flatter than 1.
    if (linear < -TOLERANCE / 12.92 || linear > 1 + 2 * TOLERANCE) shows = false;
    into[i] = encoded(linear);
  }
  return shows;
}

function linearOf(value: number): number {
  // Written so that NaN becomes 0.
  const clamped = value > 0 ? (value < 1 ? value : 1) : 0;
  return between(TO_LINEAR, clamped * STEPS);
}

function encoded(linear: number): number {
  const clamped = linear > 0 ? (linear < 1 ? linear : 1) : 0;
  return between(FROM_LINEAR, Math.sqrt(clamped) * STEPS);
}

function between(table: Float64Array, place: number): number {
  const index = Math.floor(place);
  const first = table[index]!;
  return first + (place - index) * (table[index + 1]! - first);
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}
