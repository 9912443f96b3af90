import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import type { Favourite } from '../../core/favourites/favourite';
import { MixStrip } from '../shared/mix-strip';
import type { NamedStyle } from '../../words/style-names';
import { paintSample } from './swatch-painter';

interface FavouritePictureProps {
  readonly favourite: Favourite;
  readonly styles: readonly NamedStyle[];
}

/** The sample picture painted with a favourite, over the swatches of its mix. */
export function FavouritePicture({ favourite, styles }: FavouritePictureProps): JSX.Element {
  const [url, setUrl] = useState<string | null>(null);
  const { mix, manner } = favourite;
  const key = JSON.stringify([mix, manner]);
  useEffect(() => {
    let address: string | null = null;
    let isGone = false;
    paintSample({ mix, manner }).then(
      (picture) => {
        if (isGone) return;
        address = URL.createObjectURL(picture);
        setUrl(address);
      },
      // The swatches of the mix stay.
      () => undefined,
    );
    return () => {
      isGone = true;
      if (address) URL.revokeObjectURL(address);
    };
    // When it is read again, a favourite is another object with the same mix.
  }, [key]);
  return (
    <span class="painted">
      {url !== null && <img src={url} alt="" draggable={false} />}
      <MixStrip mix={mix} styles={styles} />
    </span>
  );
}
