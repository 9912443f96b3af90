import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { encodeImage } from '../engine/style-encoder/encode';
import { readStyleSet } from '../storage/style-set';
import { matchLook } from '../style/match';
import type { StyleMix } from '../style/mix';
import type { Style } from '../style/style';
import { t } from './i18n';
import { ownImageOf } from './own-image';

interface MatchLookProps {
  /** Whose pastiches the look is compared with; the paintings themselves without one. */
  readonly vectorsOf?: (styles: readonly Style[]) => Promise<readonly Style[]>;
  onMatch(mix: StyleMix): void;
}

/** Asks for a painting that the person likes, and finds the mix of the named styles for it. */
export function MatchLook({ vectorsOf, onMatch }: MatchLookProps): JSX.Element {
  const chooser = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState('');
  const match = async (file: Blob): Promise<void> => {
    setSaid(t('match_working'));
    try {
      onMatch(await mixOf(file, vectorsOf));
      setSaid('');
    } catch {
      setSaid(t('own_broken'));
    }
  };
  return (
    <>
      <button
        type="button"
        class="button"
        title={t('match_help')}
        onClick={() => chooser.current?.click()}
      >
        {t('match_look')}
      </button>
      <span class="match-said" role="status">
        {said}
      </span>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file may be chosen again.
          currentTarget.value = '';
          if (file) void match(file);
        }}
      />
    </>
  );
}

/**
 * The mix of the named styles that comes nearest to a picture.
 * @param vectorsOf Gives the vectors that it is compared with, instead of the styles' own.
 * @throws {Error} where it is no picture, or can't be painted.
 */
export async function mixOf(
  file: Blob,
  vectorsOf: MatchLookProps['vectorsOf'] = async (styles) => styles,
): Promise<StyleMix> {
  const image = await ownImageOf(file);
  if (!image) throw new Error('no picture');
  const { styles } = await readStyleSet();
  const vector = await encodeImage(image);
  return matchLook(vector, await vectorsOf(styles));
}
