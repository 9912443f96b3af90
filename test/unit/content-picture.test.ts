import { describe, expect, it } from 'vitest';

import { isAnimatedGif } from '../../src/content/animated-gif';
import { addressIn, splitLayers } from '../../src/content/css-images';

describe('splitLayers', () => {
  it('splits at commas outside parentheses and quotes', () => {
    const layers = ['linear-gradient(red, rgb(0, 0, 1))', 'url("a,b).png")', 'none'];
    expect(splitLayers(layers.join(', '))).toEqual(layers);
  });

  it('finds no layer in an empty list', () => {
    expect(splitLayers('')).toEqual([]);
  });
});

describe('addressIn', () => {
  it.each([
    ['url("https://a.example/x.png")', 'https://a.example/x.png'],
    ['image-set(url("blob:x") 0.5dppx)', 'blob:x'],
    [String.raw`url("https://a.example/\"q\".png")`, 'https://a.example/"q".png'],
    ['linear-gradient(red, blue)', null],
    ['none', null],
  ])('reads %s', (image, address) => {
    expect(addressIn(image)).toBe(address);
  });
});

describe('isAnimatedGif', () => {
  const header = [...'GIF89a'].map((c) => c.charCodeAt(0)).concat([1, 0, 1, 0, 0x80, 0, 0]);
  const palette = [0, 0, 0, 255, 255, 255];
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const frame = [...control, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const gif = (...parts: number[][]): ArrayBuffer => Uint8Array.from(parts.flat()).buffer;

  it('counts frames', () => {
    expect(isAnimatedGif(gif(header, palette, frame, [0x3b]))).toBe(false);
    expect(isAnimatedGif(gif(header, palette, frame, frame, [0x3b]))).toBe(true);
  });

  it('is false for other or damaged files', () => {
    expect(isAnimatedGif(new ArrayBuffer(0))).toBe(false);
    expect(isAnimatedGif(gif([0x89, 0x50, 0x4e, 0x47]))).toBe(false);
    expect(isAnimatedGif(gif(header, palette, frame.slice(0, 12)))).toBe(false);
  });
});
