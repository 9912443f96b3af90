/** Adds what a person gives as styles of their own: pictures, and packs of styles. */
import { tidyName } from '../../core/favourites/favourite';
import { newOwnStyle, type OwnStyle } from '../../core/style/own-style';
import {
  isStylePack,
  LEFT_PROBLEMS,
  MAX_PACK_BYTES,
  MAX_PACK_STYLES,
  readStylePack,
  StylePackError,
  type LeftStyle,
  type StylePack,
} from '../../core/style/style-pack';
import { addOwnStyles } from '../../storage/own-styles';
import { readStyleSet } from '../../storage/style-set';
import { listed, plural, t } from '../../words/i18n';
import { ownImageOf, PictureFileError, sentenceOf } from './own-image';
import type { GivenPicture } from './picture-source';

/** So many styles that were left out are named in a sentence. */
const MAX_NAMED = 8;

/**
 * Keeps each as soon as it is read, so that nothing is lost with one that can't be.
 * @param say Told how far it is and, at the end, what came of it.
 */
export async function addStyles(
  given: readonly GivenPicture[],
  say: (sentence: string) => void,
): Promise<void> {
  const results: string[] = [];
  let hasPicture = false;
  for (const [i, read] of given.entries()) {
    say(t('own_adding_of', i + 1, given.length));
    try {
      const file = await read();
      if (!file) continue;
      if (await isStylePack(file)) results.push(...(await openPack(file, say)));
      else {
        const title = titleOf(file.name.replace(/\.\w+$/, ''));
        await addOwnStyles([newOwnStyle({ title, image: await ownImageOf(file) })]);
        hasPicture = true;
      }
    } catch (thrown) {
      results.push(sentenceOf(thrown));
      // What is full stays full.
      if (!(thrown instanceof PictureFileError)) break;
    }
  }
  // Each on a line of its own.
  say(results.length > 0 ? results.join('\n') : hasPicture ? t('own_added') : '');
}

/**
 * Adds the styles of a pack, all that are sound or, where there is no room, none.
 * @returns What came of it, in sentences.
 * @throws {PictureFileError} for what is no pack that can be read.
 */
async function openPack(file: File, say: (sentence: string) => void): Promise<string[]> {
  const { styleSpace } = await readStyleSet();
  const { styles, left } = await readPack(file, styleSpace);
  const added: OwnStyle[] = [];
  const now = Date.now();
  const undrawn: LeftStyle[] = [];
  for (const [i, style] of styles.entries()) {
    say(t('own_adding_of', i + 1, styles.length));
    const title = style.title || t('own_untitled');
    try {
      const image = style.image && (await ownImageOf(style.image, true));
      // The newest is shown first: so they are in the order in which the pack has them.
      added.push(newOwnStyle({ ...style, title, image, added: now - i }));
    } catch (thrown) {
      if (!(thrown instanceof PictureFileError)) throw thrown;
      undrawn.push({ problem: 'damaged', label: title });
    }
  }
  const count = await addOwnStyles(added);
  const all = [...left, ...undrawn];
  return [
    ...(count > 0 ? [plural('pack_added', count)] : []),
    ...(count < added.length ? [t('pack_present')] : []),
    ...LEFT_PROBLEMS.flatMap((problem) => {
      const labels = all.filter((style) => style.problem === problem).map(({ label }) => label);
      const named = labels.slice(0, MAX_NAMED);
      if (named.length < labels.length) named.push('…');
      return named.length > 0 ? [t(`pack_left_${problem}`, file.name, listed(named))] : [];
    }),
  ];
}

async function readPack(file: File, styleSpace: string): Promise<StylePack> {
  try {
    return await readStylePack(file, styleSpace);
  } catch (thrown) {
    if (!(thrown instanceof StylePackError)) throw thrown;
    const { problem } = thrown;
    throw new PictureFileError(
      problem === 'too_large'
        ? t('pack_too_large', file.name, MAX_PACK_STYLES, MAX_PACK_BYTES / 1e6)
        : t(`pack_${problem}`, file.name),
    );
  }
}

/** A style's title by the name of its picture. */
function titleOf(name: string): string {
  const title = tidyName(name.replaceAll('_', ' '));
  // A clipboard calls every picture the same.
  return title === '' || title === 'image' ? t('own_untitled') : title;
}
