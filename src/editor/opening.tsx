import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { PasticheError, type ErrorCode } from '../messages/errors';
import type { StyleOrder } from '../storage/settings';
import type { Uses } from '../storage/uses';
import type { Recipe } from '../style/manner';
import { errorSentence, t } from '../ui/i18n';
import type { NamedStyle } from '../ui/style-names';
import { EditorPage, type PagePlace } from './editor-page';
import { readPicture, type EditedPicture } from './picture';

/** A picture that is to be edited. */
export interface Opened {
  readonly file: Blob;
  /** Names what is saved. */
  readonly source: string;
  readonly place: PagePlace | null;
}

interface OpeningProps {
  readonly first: Opened | null;
  /** A picture was to be there, and is not. */
  readonly isGone: boolean;
  /** Megapixels that are painted at most. */
  readonly budget: number;
  readonly styles: readonly NamedStyle[];
  readonly initial: Recipe;
  readonly uses: Uses;
  readonly order: StyleOrder;
}

/** The editor, once there is a picture; until then, the ways to get one. */
export function Opening({ first, isGone, budget, ...editor }: OpeningProps): JSX.Element {
  const [open, setOpen] = useState<(EditedPicture & { place: PagePlace | null }) | null>(null);
  const [error, setError] = useState<ErrorCode | null>(null);
  const chooser = useRef<HTMLInputElement>(null);

  const read = async ({ file, source, place }: Opened): Promise<void> => {
    setError(null);
    try {
      setOpen({ ...(await readPicture(file, source, budget * 1e6)), place });
    } catch (thrown) {
      setError(PasticheError.from(thrown).code);
    }
  };
  const readFile = (file: File | null | undefined): void => {
    // The name as an address, from which names of files are made.
    if (file) void read({ file, source: `file:///${encodeURIComponent(file.name)}`, place: null });
  };

  useEffect(() => {
    if (first) void read(first);
    const abort = new AbortController();
    const { signal } = abort;
    addEventListener('dragover', (event) => event.preventDefault(), { signal });
    addEventListener(
      'drop',
      (event) => {
        event.preventDefault();
        readFile(event.dataTransfer?.files[0]);
      },
      { signal },
    );
    addEventListener('paste', ({ clipboardData }) => readFile(clipboardData?.files[0]), { signal });
    return () => abort.abort();
  }, []);

  if (open) {
    const { place, ...picture } = open;
    // Another picture is another work.
    return <EditorPage key={picture.image.src} picture={picture} place={place} {...editor} />;
  }
  const isOpening = first !== null && !error;
  return (
    <section class="opening">
      <h1>{t('editor_title')}</h1>
      <p role="status">
        {error
          ? errorSentence(error)
          : isOpening
            ? t('page_working')
            : isGone
              ? t('editor_gone')
              : t('editor_invitation')}
      </p>
      <button type="button" class="button primary" onClick={() => chooser.current?.click()}>
        {t('editor_open')}
      </button>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        hidden
        onChange={({ currentTarget }) => readFile(currentTarget.files?.[0])}
      />
    </section>
  );
}
