import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { download } from '../../media/download';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import { MAX_NAME, tidyName } from '../../core/favourites/favourite';
import {
  addOwnStyles,
  changeOwnStyle,
  observeOwnStyles,
  readOwnStyles,
  removeOwnStyle,
} from '../../storage/own-styles';
import { writeSettings } from '../../storage/settings';
import { isStyleFile, readStyleFile, writeStyleFile } from '../../core/style/style-file';
import { readStyleSet } from '../../storage/style-set';
import { tidyFileName } from '../../core/file-name';
import { newOwnId, type OwnStyle } from '../../core/style/own-style';
import { attempt } from '../shared/attempt';
import { errorSentence, t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { mixOf } from '../shared/match-look';
import { mixName } from '../../words/mix-name';
import { ownImageOf, PictureFileError, sentenceOf } from '../shared/own-image';
import { PictureSource, type GivenPicture } from '../shared/picture-source';
import { Section } from './section';
import { paintSwatch } from './swatch-painter';

/** The user's own styles: added from files, the clipboard or the web, renamed, removed. */
export function MyStyles(): JSX.Element {
  const [styles, setStyles] = useState<readonly OwnStyle[]>([]);
  const [removed, setRemoved] = useState<OwnStyle | null>(null);
  const [message, setMessage] = useState('');

  useEffect(() => {
    const read = (): void => {
      readOwnStyles().then(
        (all) => {
          setStyles(all.toReversed());
          attempt(() => paintMissing(all), setMessage);
        },
        () => setMessage(t('own_no_database')),
      );
    };
    read();
    return observeOwnStyles(read);
  }, []);

  /** Saves each picture as soon as it is read, so that a failing one costs no other. */
  const add = async (pictures: readonly GivenPicture[]): Promise<void> => {
    const problems: string[] = [];
    let isAdded = false;
    for (const [i, read] of pictures.entries()) {
      setMessage(t('own_adding_of', i + 1, pictures.length));
      try {
        const file = await read();
        if (!file) continue;
        const picture = await pictureIn(file);
        // The title in somebody else's style file has no extension to cut off.
        const title = picture === file ? file.name.replace(/\.\w+$/, '') : picture.name;
        await addOwnStyles([ownStyleOf(await ownImageOf(picture), title)]);
        isAdded = true;
      } catch (thrown) {
        problems.push(sentenceOf(thrown));
        // A full storage stays full.
        if (!(thrown instanceof PictureFileError)) break;
      }
    }
    setMessage(problems.length > 0 ? problems.join(' ') : isAdded ? t('own_added') : '');
  };
  /** Shows the error of a change; resolves to whether there was none. */
  const keep = (work: Promise<void>): Promise<boolean> =>
    work.then(
      () => true,
      (thrown: unknown) => {
        setMessage(errorSentence(PasticheError.from(thrown).code));
        return false;
      },
    );
  const rename = (style: OwnStyle, field: HTMLInputElement): void => {
    const title = tidyName(field.value);
    if (!title) field.value = style.title;
    else if (title !== style.title) detach(keep(changeOwnStyle(style.id, { title })));
  };
  const match = async ({ image }: OwnStyle): Promise<void> => {
    if (!image) return;
    setMessage(t('match_working'));
    const [mix, named] = await Promise.all([mixOf(image), readStyleSet()]);
    await writeSettings({ mix });
    setMessage(t('match_done', mixName(mix, named.styles)));
  };
  const remove = async (style: OwnStyle): Promise<void> => {
    if (await keep(removeOwnStyle(style.id))) setRemoved(style);
  };
  const share = async (style: OwnStyle): Promise<void> => {
    const text = await writeStyleFile(style);
    if (text === null) return;
    const file = new Blob([text], { type: 'application/json' });
    download(file, tidyFileName(style.title, '.pastiche-style.json'));
  };
  const bringBack = async (style: OwnStyle): Promise<void> => {
    // Until it is saved again, it exists only here.
    if (await keep(addOwnStyles([style]))) setRemoved(null);
  };

  return (
    <Section title={t('own_styles')} id="own-styles">
      <p class="help">{t('own_help')}</p>
      <ul class="own-styles">
        {styles.map((style) => (
          <li key={style.id}>
            <OwnPicture style={style} />
            <input
              type="text"
              class="field"
              aria-label={t('favourites_name')}
              maxLength={MAX_NAME}
              value={style.title}
              onChange={({ currentTarget }) => rename(style, currentTarget)}
            />
            {style.image && (
              <button
                type="button"
                class="button"
                title={t('match_help')}
                onClick={() => attempt(() => match(style), setMessage)}
              >
                {t('match_sliders')}
              </button>
            )}
            {style.image && (
              <button
                type="button"
                class="button"
                title={t('own_share_help')}
                onClick={() => attempt(() => share(style), setMessage)}
              >
                {t('own_share')}
              </button>
            )}
            <IconButton
              icon="remove"
              label={t('favourites_remove', style.title)}
              onClick={() => detach(remove(style))}
            />
          </li>
        ))}
      </ul>
      {removed && (
        <p class="message" role="status">
          <span>{t('favourites_removed', removed.title)}</span>
          <button type="button" class="button" onClick={() => detach(bringBack(removed))}>
            {t('favourites_restore')}
          </button>
        </p>
      )}
      <PictureSource
        label={t('own_from_file')}
        isMultiple
        types="image/*,.heic,.heif,.jxl,.json"
        isPage
        onPictures={(pictures) => detach(add(pictures))}
        onProblem={setMessage}
      />
      <p role="status">{message}</p>
    </Section>
  );
}

/** The added image and, beside it, the sample picture painted with it. */
function OwnPicture({ style: { image, swatch } }: { readonly style: OwnStyle }): JSX.Element {
  return (
    <span class="own-picture" aria-hidden="true">
      <BlobImage blob={image} />
      <BlobImage blob={swatch} />
    </span>
  );
}

function BlobImage({ blob }: { readonly blob: Blob | null }): JSX.Element {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return undefined;
    const address = URL.createObjectURL(blob);
    setUrl(address);
    return () => URL.revokeObjectURL(address);
  }, [blob]);
  return url === null ? <span class="empty" /> : <img src={url} alt="" width="88" height="66" />;
}

/** The picture of a file, or the one in a style file. */
async function pictureIn(file: File): Promise<File> {
  if (!(await isStyleFile(file))) return file;
  const picture = await readStyleFile(file);
  if (!picture) throw new PictureFileError(t('own_damaged', file.name));
  return picture;
}

function ownStyleOf(image: Blob, name: string): OwnStyle {
  const title = tidyName(name.replaceAll('_', ' '));
  return {
    id: newOwnId(),
    // A clipboard gives every picture the same name.
    title: title === '' || title === 'image' ? t('own_untitled') : title,
    added: Date.now(),
    image,
    swatch: null,
    vector: null,
    styleSpace: null,
  };
}

let painting: Promise<void> = Promise.resolve();

/** Paints the missing swatches, one after the other. */
function paintMissing(styles: readonly OwnStyle[]): Promise<void> {
  painting = painting
    .catch(() => undefined)
    .then(async () => {
      for (const { id, swatch } of styles) {
        if (swatch) continue;
        // It may have been painted meanwhile: the list is read again after each of them.
        const now = (await readOwnStyles()).find((style) => style.id === id);
        if (!now || now.swatch) continue;
        await changeOwnStyle(id, { swatch: await paintSwatch(id) });
      }
    });
  return painting;
}
