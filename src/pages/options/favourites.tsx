import type { JSX } from 'preact';
import { useRef, useState } from 'preact/hooks';

import { download } from '../../media/download';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import type { Favourite } from '../../core/favourites/favourite';
import {
  bundleOf,
  bundleOfOne,
  FavouritesFileError,
  parseFavouritesFile,
  writeFavouritesFile,
  type FavouritesBundle,
} from '../../core/favourites/favourites-file';
import { addOwnStyles, readOwnStyles, removeOwnStyle } from '../../storage/own-styles';
import { readShareText, writeShareText } from '../../core/favourites/share-text';
import { readStyleSet } from '../../storage/style-set';
import { newOwnStyle } from '../../core/style/own-style';
import { attempt } from '../shared/attempt';
import { FavouritesEditor, RemovedFavourite } from '../shared/favourites-editor';
import { errorSentence, plural, t } from '../../words/i18n';
import type { NamedStyle } from '../../words/style-names';
import { useFavourites, type Favourites } from '../shared/use-favourites';
import { FavouritePicture } from './favourite-picture';
import { Section } from './section';

/** Maximum size of a file of favourites, which usually has some kilobytes, in bytes. */
const MAX_FILE_BYTES = 4_000_000;

const FILE_NAME = 'pastiche-favourites.json';

interface FavouritesSectionProps {
  readonly styles: readonly NamedStyle[];
}

/** The favourites in order, and the ways to share them: files, and texts for single ones. */
export function FavouritesSection({ styles }: FavouritesSectionProps): JSX.Element {
  const favourites = useFavourites();
  const [message, setMessage] = useState('');
  const [shared, setShared] = useState('');
  const [pasted, setPasted] = useState('');
  const chooser = useRef<HTMLInputElement>(null);
  const list = favourites.list ?? [];

  /** Adds favourites as they are read; shows the result, or the error. */
  const add = async (reading: Promise<string>): Promise<boolean> => {
    try {
      const text = await reading;
      const { styleSpace } = await readStyleSet();
      const ids = styles.map(({ id }) => id);
      const read = parseFavouritesFile(text, ids, styleSpace);
      const saved = await keep(read, favourites);
      const count = read.favourites.length;
      setMessage(saved ? plural('favourites_imported', count) : t('popup_save_failed'));
      return saved;
    } catch (thrown) {
      setMessage(
        thrown instanceof FavouritesFileError
          ? t(`import_${thrown.problem}`, thrown.place)
          : errorSentence(PasticheError.from(thrown).code),
      );
      return false;
    }
  };
  const addFile = (file: File): void => {
    const isTooLarge = file.size > MAX_FILE_BYTES;
    detach(add(isTooLarge ? Promise.reject(new FavouritesFileError('too_many')) : file.text()));
  };
  const share = async (favourite: Favourite): Promise<void> => {
    const bundle = bundleOfOne(favourite, await readOwnStyles().catch(() => []));
    const text = await writeShareText(bundle);
    setShared(text);
    const isCopied = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    setMessage(t(isCopied ? 'favourites_share_copied' : 'favourites_share_ready', favourite.name));
  };
  const exportAll = async (): Promise<void> => {
    const bundle = bundleOf(list, await readOwnStyles().catch(() => []));
    const file = new Blob([writeFavouritesFile(bundle)], { type: 'application/json' });
    download(file, FILE_NAME);
  };

  return (
    <Section title={t('favourites')}>
      {favourites.list?.length === 0 && <p>{t('favourites_none_options')}</p>}
      <FavouritesEditor
        favourites={favourites}
        styles={styles}
        picture={(favourite) => <FavouritePicture favourite={favourite} styles={styles} />}
        onShare={(favourite) => attempt(() => share(favourite), setMessage)}
      />
      {favourites.failed && (
        <p class="message" role="alert">
          {t('popup_save_failed')}
        </p>
      )}
      <RemovedFavourite favourites={favourites} />
      {shared && (
        <textarea
          class="field text"
          aria-label={t('favourites_share_text')}
          readOnly
          rows={2}
          value={shared}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
      )}
      <p role="status">{message}</p>
      <div class="buttons">
        <button type="button" class="button" onClick={() => chooser.current?.click()}>
          {t('favourites_import')}
        </button>
        <button
          type="button"
          class="button"
          disabled={list.length === 0}
          onClick={() => attempt(exportAll, setMessage)}
        >
          {t('favourites_export')}
        </button>
        {/* The button replaces the file field's own, which is in the browser's language. */}
        <input
          ref={chooser}
          type="file"
          accept=".json,application/json"
          hidden
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? [];
            if (file) addFile(file);
            // So that the same file can be chosen again after a correction.
            currentTarget.value = '';
          }}
        />
      </div>
      <form
        class="paste"
        onSubmit={(event) => {
          event.preventDefault();
          detach(add(readShareText(pasted)).then((added) => added && setPasted('')));
        }}
      >
        <input
          type="text"
          class="field"
          aria-label={t('favourites_paste')}
          placeholder={t('favourites_paste')}
          value={pasted}
          onInput={({ currentTarget }) => setPasted(currentTarget.value)}
        />
        <button type="submit" class="button" disabled={pasted.trim() === ''}>
          {t('favourites_paste_add')}
        </button>
      </form>
      <p class="help">{t('favourites_help')}</p>
    </Section>
  );
}

/** Keeps what was read, with the styles that came along, all of it or nothing; whether that worked. */
async function keep(
  { favourites, styles }: FavouritesBundle,
  { add }: Pick<Favourites, 'add'>,
): Promise<boolean> {
  if (styles.length === 0) return add(favourites);
  const added = styles.map(newOwnStyle);
  try {
    const known = (await readOwnStyles()).map(({ id }) => id);
    await addOwnStyles(added);
    if (await add(favourites)) return true;
    const gone = added.filter(({ id }) => !known.includes(id));
    await Promise.all(gone.map(({ id }) => removeOwnStyle(id)));
    return false;
  } catch {
    return false;
  }
}
