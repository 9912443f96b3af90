import type { JSX } from 'preact';

import { strengthOf, type StyleMix } from '../../core/style/mix';
import { listed, percent, t } from '../../words/i18n';
import { MixStrip } from '../shared/mix-strip';
import { stylesOf, type NamedStyle } from '../../words/style-names';

interface MixBarProps {
  readonly mix: StyleMix;
  readonly styles: readonly NamedStyle[];
}

/** The shares of the mix at a glance. */
export function MixBar({ mix, styles }: MixBarProps): JSX.Element {
  const original = 1 - strengthOf(mix);
  const shares = stylesOf(mix, styles).map((style) =>
    t('popup_share', style.title, percent(mix[style.id] ?? 0)),
  );
  if (original > 0) shares.push(t('popup_share', t('mix_original'), percent(original)));
  return (
    <div class="mix-bar" role="img" aria-label={listed(shares)} title={shares.join('\n')}>
      <MixStrip mix={mix} styles={styles} />
    </div>
  );
}
