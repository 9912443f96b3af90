import type { StyleMix } from '../core/style/mix';
import { t } from './i18n';
import { shortTitle, stylesOf, type NamedStyle } from './style-names';

/** Names a mix after its largest parts, in the user's language. */
export function mixName(mix: StyleMix, styles: readonly NamedStyle[]): string {
  const [first, second, ...more] = stylesOf(mix, styles).map(({ title }) => shortTitle(title));
  if (first === undefined) return t('mix_original');
  if (second === undefined) return first;
  return t(more.length > 0 ? 'mix_and_more' : 'mix_pair', first, second);
}
