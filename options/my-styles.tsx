import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { PasticheError } from '../src/messages/errors';
import { LONGEST_NAME, tidyName } from '../src/storage/favourite';
import {
  addOwnStyles,
  changeOwnStyle,
  observeOwnStyles,
  readOwnStyles,
  removeOwnStyle,
} from '../src/storage/own-styles';
import { writeSettings } from '../src/storage/settings';
import { readStyleSet } from '../src/storage/style-set';
import { newOwnId, type OwnStyle } from '../src/style/own-style';
import { errorSentence, t } from '../src/ui/i18n';
import { IconButton } from '../src/ui/icon-button';
import { mixOf } from '../src/ui/match-look';
import { mixName } from '../src/ui/mix-name';
import { ownImageOf } from '../src/ui/own-image';
import { Section } from './section';
import { paintSwatch } from './swatch-painter';

/** The person's own paintings: added from a file or the clipboard, named, removed. */
export function MyStyles(): JSX.Element {
  const [styles, setStyles] = useState<readonly OwnStyle[]>([]);
  const [removed, setRemoved] = useState<OwnStyle | null>(null);
  const [message, setMessage] = useState('');
  const chooser = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const read = (): void => {
      readOwnStyles().then(
        (all) => {
          setStyles(all.toReversed());
          void paintMissing(all).catch((thrown: unknown) =>
            setMessage(errorSentence(PasticheError.from(thrown).code)),
          );
        },
        () => setMessage(t('own_no_database')),
      );
    };
    read();
    return observeOwnStyles(read);
  }, []);
  useEffect(() => {
    const onPaste = ({ clipboardData, target }: ClipboardEvent): void => {
      const isText = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
      const files = [...(clipboardData?.files ?? [])].filter(({ type }) => /^image\//.test(type));
      if (!isText && files.length > 0) void add(files);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  });

  const add = async (files: readonly Blob[]): Promise<void> => {
    setMessage(t('own_adding'));
    const added: OwnStyle[] = [];
    for (const file of files) {
      const image = await ownImageOf(file);
      if (image) added.push(ownStyleOf(image, file instanceof File ? file.name : ''));
    }
    const saved = await addOwnStyles(added).then(
      () => true,
      () => false,
    );
    const isBroken = added.length < files.length;
    setMessage(!saved ? t('popup_save_failed') : isBroken ? t('own_broken') : t('own_added'));
  };
  const fromClipboard = async (): Promise<void> => {
    try {
      const items = await navigator.clipboard.read();
      const images = items.flatMap((item) =>
        item.types.filter((type) => type.startsWith('image/')).map((type) => item.getType(type)),
      );
      if (images.length === 0) setMessage(t('own_clipboard_empty'));
      else await add(await Promise.all(images.slice(0, 1)));
    } catch {
      setMessage(t('own_clipboard_empty'));
    }
  };
  const rename = (style: OwnStyle, field: HTMLInputElement): void => {
    const title = tidyName(field.value);
    if (!title) field.value = style.title;
    else if (title !== style.title) void changeOwnStyle(style.id, { title });
  };
  const match = async ({ image }: OwnStyle): Promise<void> => {
    if (!image) return;
    setMessage(t('match_working'));
    try {
      const [mix, named] = await Promise.all([mixOf(image), readStyleSet()]);
      await writeSettings({ mix });
      setMessage(t('match_done', mixName(mix, named.styles)));
    } catch (thrown) {
      setMessage(errorSentence(PasticheError.from(thrown).code));
    }
  };
  const remove = async (style: OwnStyle): Promise<void> => {
    await removeOwnStyle(style.id);
    setRemoved(style);
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
              maxLength={LONGEST_NAME}
              value={style.title}
              onChange={({ currentTarget }) => rename(style, currentTarget)}
            />
            {style.image && (
              <button
                type="button"
                class="button"
                title={t('match_help')}
                onClick={() => void match(style)}
              >
                {t('match_sliders')}
              </button>
            )}
            <IconButton
              icon="remove"
              label={t('favourites_remove', style.title)}
              onClick={() => void remove(style)}
            />
          </li>
        ))}
      </ul>
      {removed && (
        <p class="message" role="status">
          <span>{t('favourites_removed', removed.title)}</span>
          <button
            type="button"
            class="button"
            onClick={() => {
              setRemoved(null);
              void addOwnStyles([removed]);
            }}
          >
            {t('favourites_restore')}
          </button>
        </p>
      )}
      <div class="buttons">
        <button type="button" class="button" onClick={() => chooser.current?.click()}>
          {t('own_from_file')}
        </button>
        <button type="button" class="button" onClick={() => void fromClipboard()}>
          {t('own_from_clipboard')}
        </button>
        {/* The button stands for it: it says in our language what a file field says in the browser's. */}
        <input
          ref={chooser}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            if (files.length > 0) void add(files);
            currentTarget.value = '';
          }}
        />
      </div>
      <p role="status">{message}</p>
    </Section>
  );
}

/** What was added and, beside it, what is painted with it. */
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

function ownStyleOf(image: Blob, fileName: string): OwnStyle {
  const title = tidyName(fileName.replace(/\.\w+$/, '').replaceAll('_', ' '));
  return {
    id: newOwnId(),
    // A clipboard calls every picture the same.
    title: title === '' || title === 'image' ? t('own_untitled') : title,
    added: Date.now(),
    image,
    swatch: null,
    vector: null,
    styleSpace: null,
  };
}

let painting: Promise<void> = Promise.resolve();

/** Paints the swatches that are missing, one after the other. */
function paintMissing(styles: readonly OwnStyle[]): Promise<void> {
  painting = painting
    .catch(() => undefined)
    .then(async () => {
      for (const { id, swatch } of styles) {
        if (swatch) continue;
        // Painted meanwhile, for this list is read again after every one of them.
        const now = (await readOwnStyles()).find((style) => style.id === id);
        if (!now || now.swatch) continue;
        await changeOwnStyle(id, { swatch: await paintSwatch(id) });
      }
    });
  return painting;
}
