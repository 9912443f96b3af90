import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import type { StyleOrder } from '../../storage/settings';
import type { Uses } from '../../storage/uses';
import type { Recipe } from '../../core/style/render-options';
import { errorSentence, t } from '../../words/i18n';
import { isStylePack } from '../../core/style/style-pack';
import { addStyles } from '../shared/add-styles';
import { sentenceOf, unreadable } from '../shared/own-image';
import { PictureSource, type GivenPicture } from '../shared/picture-source';
import type { NamedStyle } from '../../words/style-names';
import { useShownStyles } from '../shared/use-styles';
import { EditorPage, type PagePlace } from './editor-page';
import { readPicture, type EditedPicture } from './picture';

/** A picture to edit. */
export interface Opened {
  readonly file: Blob;
  /** Its address; saved files are named after it. */
  readonly source: string;
  readonly isWhole: boolean;
  readonly place: PagePlace | null;
}

interface OpeningProps {
  readonly first: Opened | null;
  /** Whether the picture of the query is missing. */
  readonly isGone: boolean;
  /** Maximum size of the painting, in megapixels. */
  readonly budget: number;
  readonly styles: readonly NamedStyle[];
  readonly initial: Recipe;
  readonly uses: Uses;
  readonly order: StyleOrder;
}

/** The editor or, before there is a picture, the ways to open one. */
export function Opening({ first, isGone, budget, ...editor }: OpeningProps): JSX.Element {
  const styles = useShownStyles(editor.styles);
  const [open, setOpen] = useState<(EditedPicture & { place: PagePlace | null }) | null>(null);
  const [said, setSaid] = useState<string | null>(null);

  const read = async ({ file, place, ...about }: Opened): Promise<void> => {
    setSaid(null);
    try {
      setOpen({ ...(await readPicture(file, about, budget * 1e6)), place });
    } catch (thrown) {
      const { code } = PasticheError.from(thrown);
      const isUnreadable = file instanceof File && code === 'image-broken';
      setSaid(isUnreadable ? await unreadable(file, file.name) : errorSentence(code));
    }
  };
  const readGiven = async (given: GivenPicture): Promise<void> => {
    try {
      const file = await given();
      if (!file) return;
      if (await isStylePack(file)) {
        await addStyles([async () => file], setSaid);
        return;
      }
      // The name as an address, from which names of files are made.
      const source = `file:///${encodeURIComponent(file.name)}`;
      await read({ file, source, isWhole: true, place: null });
    } catch (thrown) {
      setSaid(sentenceOf(thrown));
    }
  };

  useEffect(() => {
    if (first) detach(read(first));
  }, []);

  const source = (
    <PictureSource
      label={t('editor_open')}
      isPage
      isPrimary
      isHidden={open !== null}
      onPictures={([given]) => given && detach(readGiven(given))}
      onProblem={setSaid}
    />
  );
  if (open) {
    const { place, ...picture } = open;
    // Another picture starts another editor.
    return (
      <>
        <EditorPage
          key={picture.image.src}
          picture={picture}
          place={place}
          {...editor}
          styles={styles}
        />
        <div class="over" role="status">
          {said}
          {source}
        </div>
      </>
    );
  }
  const isOpening = first !== null && said === null;
  return (
    <section class="opening">
      <h1>{t('editor_title')}</h1>
      <p role="status">
        {said ?? t(isOpening ? 'page_working' : isGone ? 'editor_gone' : 'editor_invitation')}
      </p>
      {source}
    </section>
  );
}
