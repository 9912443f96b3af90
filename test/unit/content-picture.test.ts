import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { isAnimated, motionOf } from '../../src/page/read/animated';
import { imageIn, imagesIn, splitLayers, withImages } from '../../src/page/find/css-images';

describe('splitLayers', () => {
  it('splits at commas outside parentheses and quotes', () => {
    const layers = ['linear-gradient(red, rgb(0, 0, 1))', 'url("a,b).png")', 'none'];
    expect(splitLayers(layers.join(', '))).toEqual(layers);
  });

  it('finds no layer in an empty list', () => {
    expect(splitLayers('')).toEqual([]);
  });
});

describe('imageIn', () => {
  it.each([
    ['url("https://a.example/x.png")', 'https://a.example/x.png'],
    ['image-set(url("blob:x") 0.5dppx)', 'blob:x'],
    ['image-set(url("a:2") 2dppx, url("a:1") 1dppx type("image/png"))', 'a:1'],
    ['image-set(url("a:j") 1dppx type("image/jxl"), url("a:p") 1dppx type("image/png"))', 'a:p'],
    [String.raw`url("https://a.example/\"q\".png")`, 'https://a.example/"q".png'],
    ['linear-gradient(red, blue)', null],
    ['none', null],
  ])('reads %s', (image, address) => {
    expect(imageIn(image)?.address ?? null).toBe(address);
  });
});

describe('images of a list', () => {
  const set = 'image-set(url("a:1") 1dppx, url("a:2") 2dppx type("image/png"))';
  const fade = `-webkit-cross-fade(url("f:1"), ${set}, 0.3)`;
  const list = [
    'linear-gradient(red, blue)',
    set,
    '"url(\\"no\\")" url("b:1") / "words"',
    fade,
  ].join(', ');

  it('are found, those too of which others are made', () => {
    const found = imagesIn(list, 2).map(({ address, at, layer }) => [address, at, layer]);
    expect(found).toEqual([
      ['a:2', 0, 1],
      ['b:1', 1, 2],
      ['f:1', 2, 3],
      ['a:2', 3, 3],
    ]);
  });

  it('are exchanged, and all else stays', () => {
    const others = new Map([
      [1, 'our:1'],
      [3, 'our:$&'],
    ]);
    const changed = withImages(list, others) ?? '';
    expect(splitLayers(changed)).toEqual([
      'linear-gradient(red, blue)',
      set,
      '"url(\\"no\\")" url("our:1") / "words"',
      '-webkit-cross-fade(url("f:1"), url("our:$&"), 0.3)',
    ]);
    expect(withImages('url("a")', new Map([[1, 'our:1']]))).toBeNull();
  });
});

describe('motionOf', () => {
  const motion = (text: string): unknown => motionOf(new TextEncoder().encode(text).buffer);

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg"><rect><animate attributeName="x"/></rect></svg>',
    '\ufeff<?xml version="1.0"?>\n<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:set/></s:svg>',
    '  <svg><style>@keyframes turn { to { rotate: 1turn } }</style></svg>',
  ])('knows drawings that move: %s', (text) => {
    expect(motion(text)).toBe('drawing');
  });

  it.each([
    '<svg xmlns="http://www.w3.org/2000/svg"><text>settled</text><setting/></svg>',
    '<html><animate/></html>',
    'an animated <svg> with <animate/>',
    '',
  ])('and what does not: %s', (text) => {
    expect(motion(text)).toBeNull();
  });
});

describe('isAnimated', () => {
  const header = [...'GIF89a'].map((c) => c.charCodeAt(0)).concat([1, 0, 1, 0, 0x80, 0, 0]);
  const palette = [0, 0, 0, 255, 255, 255];
  const control = [0x21, 0xf9, 4, 0, 10, 0, 0, 0];
  const frame = [...control, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
  const gif = (...parts: number[][]): ArrayBuffer => Uint8Array.from(parts.flat()).buffer;

  it('counts frames', () => {
    expect(isAnimated(gif(header, palette, frame, [0x3b]))).toBe(false);
    expect(isAnimated(gif(header, palette, frame, frame, [0x3b]))).toBe(true);
  });

  it.each([
    ['moving.webp', true],
    ['moving.png', true],
    ['moving.avif', true],
    ['alpha.webp', false],
    ['deep.png', false],
    ['photo.avif', false],
    ['cmyk.jpg', false],
  ])('of %s: %s', (name, expected) => {
    const url = new URL(`../site/pictures/kinds/${name}`, import.meta.url);
    const file = Uint8Array.from(readFileSync(url));
    expect(isAnimated(file.buffer)).toBe(expected);
    for (const end of [9, 14, 30]) {
      expect(() => isAnimated(file.slice(0, end).buffer)).not.toThrow();
    }
  });

  it('is false for other or damaged files', () => {
    expect(isAnimated(new ArrayBuffer(0))).toBe(false);
    expect(isAnimated(gif([0x89, 0x50, 0x4e, 0x47]))).toBe(false);
    expect(isAnimated(gif(header, palette, frame.slice(0, 12)))).toBe(false);
  });
});
