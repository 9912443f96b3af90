/** Searching, sorting and abbreviating names of styles. Pure. */
import type { StyleMix } from '../core/style/mix';
import type { StyleOrder } from '../storage/settings';
import type { Style } from '../core/style/style';

/** The parts of a style that are shown: all but its vector. */
export interface NamedStyle extends Pick<Style, 'id' | 'title' | 'artist' | 'year'> {
  /** Address of a picture painted in it, unless that is in the package. */
  readonly swatch?: string;
}

/** Whether every word of the query is in the style's title, artist or year, ignoring accents. */
export function matchesQuery(style: NamedStyle, query: string): boolean {
  const text = plain(`${style.title} ${style.artist} ${style.year}`);
  return plain(query)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The mix's styles, the largest share first, without those that are not among `styles`. */
export function stylesOf<T extends NamedStyle>(mix: StyleMix, styles: readonly T[]): T[] {
  return styles
    .filter(({ id }) => (mix[id] ?? 0) > 0)
    .sort((a, b) => (mix[b.id] ?? 0) - (mix[a.id] ?? 0));
}

/**
 * Sorts a list of styles: those in the mix first, by share; the others as they come, by use, or by
 * title.
 * @param uses Number of uses of each style.
 * @param language Determines the order of titles; a BCP 47 tag.
 */
export function inListOrder<T extends NamedStyle>(
  styles: readonly T[],
  mix: StyleMix,
  order: StyleOrder,
  uses: Readonly<Record<string, number>>,
  language: string,
): T[] {
  const used = stylesOf(mix, styles);
  const rest = styles.filter((style) => !used.includes(style));
  if (order === 'use') rest.sort((a, b) => (uses[b.id] ?? 0) - (uses[a.id] ?? 0));
  if (order === 'title') {
    const { compare } = new Intl.Collator(language);
    rest.sort((a, b) => compare(shortTitle(a.title), shortTitle(b.title)));
  }
  return [...used, ...rest];
}

/** A title for use among others: without article, parenthesis or long tail. */
export function shortTitle(title: string): string {
  const bare = title.replace(/(?<=\S)\s*\(.*\)\s*$/, '').replace(/^(The|An|A)\s+(?=\S)/, '');
  const tail = /^(.{8,}?)(?:, | (?:at|off|of|with) )/.exec(bare);
  return tail?.[1] ?? bare;
}

/** Letters for a style without a swatch: the initials of the first two words of its short title. */
export function initialsOf(title: string): string {
  return shortTitle(title)
    .split(/[\s-]+/)
    .slice(0, 2)
    .map((word) => Array.from(word)[0]?.toLocaleUpperCase() ?? '')
    .join('');
}

/** A hue in degrees, always the same for an id. */
export function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360_007;
  return hash % 360;
}

function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase().trim();
}
