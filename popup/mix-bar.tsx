import type { JSX } from 'preact';

import { strengthOf, type StyleMix } from '../src/style/mix';
import { t } from '../src/ui/i18n';
import { mixName } from '../src/ui/mix-name';
import { percent } from '../src/ui/page';
import { stylesOf, type NamedStyle } from '../src/ui/style-names';
import { Swatch } from '../src/ui/swatch';

interface MixBarProps {
  readonly mix: StyleMix;
  readonly styles: readonly NamedStyle[];
}

/** The mix as a strip of its swatches, each as wide as its share; the original is left bare. */
export function MixBar({ mix, styles }: MixBarProps): JSX.Element {
  const parts = stylesOf(mix, styles);
  const original = 1 - strengthOf(mix);
  const shares = parts.map((style) => t('popup_share', style.title, percent(mix[style.id] ?? 0)));
  if (original > 0) shares.push(t('popup_share', t('mix_original'), percent(original)));
  return (
    <>
      <h2 class="mix-name">{mixName(mix, styles)}</h2>
      <div class="mix-bar" role="img" aria-label={shares.join(', ')} title={shares.join('\n')}>
        {parts.map((style) => (
          <span key={style.id} style={{ flexGrow: mix[style.id] ?? 0 }}>
            <Swatch style={style} />
          </span>
        ))}
        {original > 0 && <span class="original" style={{ flexGrow: original }} />}
      </div>
    </>
  );
}
