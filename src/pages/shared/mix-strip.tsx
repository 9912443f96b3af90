import type { JSX } from 'preact';

import { strengthOf, type StyleMix } from '../../core/style/mix';
import { stylesOf, type NamedStyle } from '../../words/style-names';
import { Swatch } from './swatch';

interface MixStripProps {
  readonly mix: StyleMix;
  readonly styles: readonly NamedStyle[];
}

/**
 * A mix as stripes of its swatches, as wide as their shares; the original's share is empty. Decorative:
 * text beside it names the mix.
 */
export function MixStrip({ mix, styles }: MixStripProps): JSX.Element {
  const original = 1 - strengthOf(mix);
  return (
    <span class="mix-strip" aria-hidden="true">
      {stylesOf(mix, styles).map((style) => (
        <span key={style.id} style={{ flexGrow: mix[style.id] ?? 0 }}>
          <Swatch style={style} />
        </span>
      ))}
      {original > 0 && <span class="original" style={{ flexGrow: original }} />}
    </span>
  );
}
