import { useEffect, useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { observeOwnStyles } from '../../storage/own-styles';
import type { NamedStyle } from '../../words/style-names';
import { readShownStyles } from '../../words/styles';

/** All styles, updated by other windows. */
export function useShownStyles(initial: readonly NamedStyle[]): readonly NamedStyle[] {
  const [styles, setStyles] = useState(initial);
  useEffect(() => observeOwnStyles(() => detach(readShownStyles().then(setStyles))), []);
  return styles;
}
