import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { encodeImage } from '../../engine/host/encode-style';
import { readStyleSet } from '../../storage/style-set';
import { matchLook } from '../../core/style/match';
import type { StyleMix } from '../../core/style/mix';
import type { Style } from '../../core/style/style';
import { t } from '../../words/i18n';
import { isStylePack } from '../../core/style/style-pack';
import { addStyles } from './add-styles';
import { ownImageOf, sentenceOf } from './own-image';
import { PictureSource, type GivenPicture } from './picture-source';

interface MatchLookProps {
  /** Gives other vectors to compare the look with; by default those of the paintings. */
  readonly vectorsOf?: (styles: readonly Style[]) => Promise<readonly Style[]>;
  onMatch(mix: StyleMix): void;
}

/** Asks for a painting, and finds the mix of named styles that comes nearest. */
export function MatchLook({ vectorsOf, onMatch }: MatchLookProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [said, setSaid] = useState('');
  const match = async (read: GivenPicture): Promise<void> => {
    setSaid(t('match_working'));
    try {
      const file = await read();
      if (file && (await isStylePack(file))) {
        await addStyles([async () => file], setSaid);
        return;
      }
      if (file) {
        onMatch(await mixOf(file, vectorsOf));
        setOpen(false);
      }
      setSaid('');
    } catch (thrown) {
      setSaid(sentenceOf(thrown));
    }
  };
  return (
    <>
      <button
        type="button"
        class="button"
        title={t('match_help')}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {t('match_look')}
      </button>
      <PictureSource
        label={t('own_from_file')}
        isPage={false}
        isHidden={!isOpen}
        onPictures={([first]) => first && detach(match(first))}
        onProblem={setSaid}
      />
      <span class="match-said" role="status">
        {said}
      </span>
    </>
  );
}

/**
 * The mix of the named styles that comes nearest to a picture.
 * @param vectorsOf Gives other vectors to compare it with, instead of the styles' own.
 * @throws {PictureFileError} if it is no picture; {PasticheError} if it can't be encoded.
 */
export async function mixOf(
  file: Blob,
  vectorsOf: MatchLookProps['vectorsOf'] = async (styles) => styles,
): Promise<StyleMix> {
  const image = await ownImageOf(file);
  const { styles } = await readStyleSet();
  const vector = await encodeImage(image);
  return matchLook(vector, await vectorsOf(styles));
}
