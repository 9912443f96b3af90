/** Imported files and texts with all kinds of damage: refused with a reason, never a crash. */
import { expect, it } from 'vitest';

import {
  bundleOf,
  FavouritesFileError,
  parseFavouritesFile,
  writeFavouritesFile,
} from '../../src/core/favourites/favourites-file';
import { newOwnStyle } from '../../src/core/style/own-style';
import { STYLE_DIM } from '../../src/core/style/style';
import { readStylePack, StylePackError, writeStylePacks } from '../../src/core/style/style-pack';
import { mutate } from '../soak/mutate.mjs';
import { Chance } from '../soak/random.mjs';

const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 3000);

const own = newOwnStyle({
  title: '<img src=x onerror=alert(1)>',
  vector: new Float32Array(STYLE_DIM).fill(0.5),
  styleSpace: 'space',
});

it(`${INPUTS} damaged files of favourites`, () => {
  const manner = { keepColours: false, strokeSize: 1, secondCoat: 0 };
  const favourites = [
    { name: 'Sea \u202e', mix: { udnie: 0.5, [own.id]: 0.25 }, manner },
    { name: '__proto__', mix: { udnie: 1 }, manner },
  ];
  const file = new TextEncoder().encode(writeFavouritesFile(bundleOf(favourites, [own])));
  const chance = new Chance(1);
  let sound = 0;
  for (let i = 0; i < INPUTS; i++) {
    const text = new TextDecoder().decode(mutate(file, chance));
    try {
      const bundle = parseFavouritesFile(text, ['udnie'], 'space');
      for (const { name, mix } of bundle.favourites) {
        expect(name.length).toBeLessThanOrEqual(60);
        expect(Object.values(mix).every((weight) => weight >= 0 && weight <= 1)).toBe(true);
      }
      for (const { vector } of bundle.styles) expect(vector.length).toBe(STYLE_DIM);
      sound += 1;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(FavouritesFileError);
    }
  }
  expect(sound).toBeLessThan(INPUTS);
  expect(({} as Record<string, unknown>)['udnie']).toBe(undefined);
});

it(`${INPUTS} damaged style packs`, async () => {
  const image = new Blob([Uint8Array.from({ length: 60 }, (_, i) => i)], { type: 'image/jpeg' });
  const [pack] = await writeStylePacks([
    { ...own, image },
    newOwnStyle({ title: '__proto__', image }),
  ]);
  const file = new Uint8Array(await pack!.arrayBuffer());
  const chance = new Chance(2);
  let sound = 0;
  for (let i = 0; i < INPUTS; i++) {
    try {
      const { styles, left } = await readStylePack(
        new Blob([new Uint8Array(mutate(file, chance))]),
        'space',
      );
      for (const { title, licence, vector, styleSpace, image: picture } of styles) {
        expect(title.length).toBeLessThanOrEqual(60);
        expect(licence.length).toBeLessThanOrEqual(200);
        expect(vector ? styleSpace : picture).toBeTruthy();
        if (vector) expect(vector.every(Number.isFinite)).toBe(true);
      }
      sound += left.length === 0 ? 1 : 0;
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(StylePackError);
    }
  }
  expect(sound).toBeLessThan(INPUTS);
  expect(({} as Record<string, unknown>)['title']).toBe(undefined);
});
