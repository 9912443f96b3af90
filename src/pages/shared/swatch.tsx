import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { swatchUrl } from '../../storage/style-set';
import { hueOf, initialsOf, type NamedStyle } from '../../words/style-names';

/**
 * A style's swatch, painted by the network; without one, its initials on a colour of its own.
 * Decorative: a title is beside it.
 */
export function Swatch({ style }: { readonly style: NamedStyle }): JSX.Element {
  const [missing, setMissing] = useState(false);
  return (
    <span class="swatch" style={{ '--hue': hueOf(style.id) }} aria-hidden="true">
      {missing ? (
        initialsOf(style.title)
      ) : (
        <img
          src={style.swatch ?? swatchUrl(style.id)}
          alt=""
          width="96"
          height="96"
          decoding="async"
          loading="lazy"
          draggable={false}
          onError={() => setMissing(true)}
        />
      )}
    </span>
  );
}
