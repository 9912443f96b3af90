import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import {
  FavouritesFileError,
  parseFavouritesFile,
  writeFavouritesFile,
} from '../src/storage/favourites-file';
import { FavouritesEditor, RemovedFavourite } from '../src/ui/favourites-editor';
import { t } from '../src/ui/i18n';
import type { NamedStyle } from '../src/ui/style-names';
import { useFavourites } from '../src/ui/use-favourites';
import { Section } from './section';

/** A file of favourites has a few kilobytes; what is larger is not read, in bytes. */
const LARGEST_FILE = 1_000_000;

const FILE_NAME = 'pastiche-favourites.json';

interface FavouritesSectionProps {
  readonly styles: readonly NamedStyle[];
}

/** The favourites in order, and files of them. */
export function FavouritesSection({ styles }: FavouritesSectionProps): JSX.Element {
  const favourites = useFavourites();
  const [message, setMessage] = useState('');
  const chooser = useRef<HTMLInputElement>(null);
  const list = favourites.list ?? [];

  const importFile = async (file: File): Promise<void> => {
    try {
      if (file.size > LARGEST_FILE) throw new FavouritesFileError('too_many');
      const ids = styles.map(({ id }) => id);
      const read = parseFavouritesFile(await file.text(), ids);
      const saved = await favourites.add(read);
      setMessage(saved ? t('favourites_imported', String(read.length)) : t('popup_save_failed'));
    } catch (thrown) {
      if (!(thrown instanceof FavouritesFileError)) throw thrown;
      setMessage(t(`import_${thrown.problem}`, String(thrown.place)));
    }
  };

  return (
    <Section title={t('favourites')}>
      {favourites.list?.length === 0 && <p>{t('favourites_none_options')}</p>}
      <FavouritesEditor favourites={favourites} styles={styles} />
      <RemovedFavourite favourites={favourites} />
      <div class="buttons">
        <button type="button" class="button" onClick={() => chooser.current?.click()}>
          {t('favourites_import')}
        </button>
        <button
          type="button"
          class="button"
          disabled={list.length === 0}
          onClick={() => saveFile(writeFavouritesFile(list))}
        >
          {t('favourites_export')}
        </button>
        {/* The button stands for it: it says in our language what a file field says in the browser's. */}
        <input
          ref={chooser}
          type="file"
          accept=".json,application/json"
          hidden
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) void importFile(file);
            // The same file can be chosen again, mended.
            currentTarget.value = '';
          }}
        />
      </div>
      <p class="help">{t('favourites_help')}</p>
      <p role="status">{message}</p>
    </Section>
  );
}

function saveFile(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = FILE_NAME;
  link.click();
  // The browser has opened it by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
