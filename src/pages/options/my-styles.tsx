import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { download } from '../../media/download';
import { detach } from '../../core/detach';
import { PasticheError } from '../../protocol/errors';
import { tidyName } from '../../core/favourites/favourite';
import {
  addOwnStyles,
  changeOwnStyle,
  observeOwnStyles,
  readOwnStyles,
  removeOwnStyle,
} from '../../storage/own-styles';
import { writeSettings } from '../../storage/settings';
import { PACK_ENDING, writeStylePacks } from '../../core/style/style-pack';
import { readStyleSet } from '../../storage/style-set';
import { tidyFileName } from '../../core/file-name';
import { isUsable, MAX_WORDS, needsEncoding, type OwnStyle } from '../../core/style/own-style';
import { addStyles } from '../shared/add-styles';
import { attempt } from '../shared/attempt';
import { errorSentence, t } from '../../words/i18n';
import { IconButton } from '../shared/icon-button';
import { mixOf } from '../shared/match-look';
import { mixName } from '../../words/mix-name';
import { PictureSource } from '../shared/picture-source';
import { Section } from './section';
import { paintSwatch } from './swatch-painter';

/** What the file of several styles is called. */
const PACK_NAME = 'pastiche-styles';

interface MyStylesProps {
  /** Of the network that paints here. */
  readonly styleSpace: string;
}

/** The person's own paintings: added from files, the clipboard or the web, named, shared, removed. */
export function MyStyles({ styleSpace }: MyStylesProps): JSX.Element {
  const [styles, setStyles] = useState<readonly OwnStyle[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [removed, setRemoved] = useState<OwnStyle | null>(null);
  const [message, setMessage] = useState('');

  useEffect(() => {
    const read = (): void => {
      readOwnStyles().then(
        (all) => {
          setStyles(all.toReversed());
          attempt(() => paintMissing(all, styleSpace), setMessage);
        },
        () => setMessage(t('own_no_database')),
      );
    };
    read();
    return observeOwnStyles(read);
  }, []);

  /** Says what went wrong with a change, if anything did; whether all is well. */
  const keep = (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => true,
      (thrown: unknown) => {
        setMessage(errorSentence(PasticheError.from(thrown).code));
        return false;
      },
    );
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
  const share = async (shared: readonly OwnStyle[], name: string): Promise<void> => {
    for (const [i, pack] of (await writeStylePacks(shared)).entries()) {
      download(pack, tidyFileName(i === 0 ? name : `${name} ${i + 1}`, PACK_ENDING));
    }
  };
  const bringBack = async (style: OwnStyle): Promise<void> => {
    // Until it is saved again, it exists only here.
    if (await keep(addOwnStyles([style]))) setRemoved(null);
  };
  const choose = ({ id }: OwnStyle, isChosen: boolean): void => {
    const others = [...chosen].filter((other) => other !== id);
    setChosen(new Set(isChosen ? [...others, id] : others));
  };
  const toSave = styles.filter(({ id }) => chosen.has(id));

  return (
    <Section title={t('own_styles')} id="own-styles">
      <p class="help">{t('own_help')}</p>
      <ul class="own-styles">
        {styles.map((style) => (
          <OwnStyleRow
            key={style.id}
            style={style}
            isForeign={!isUsable(style, styleSpace)}
            isChosen={chosen.has(style.id)}
            onChoose={(isChosen) => choose(style, isChosen)}
            onChange={(changes) => detach(keep(changeOwnStyle(style.id, changes)))}
            onMatch={() => attempt(() => match(style), setMessage)}
            onShare={() => attempt(() => share([style], style.title), setMessage)}
            onRemove={() => detach(remove(style))}
          />
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
        isPage
        onPictures={(pictures) => attempt(() => addStyles(pictures, setMessage), setMessage)}
        onProblem={setMessage}
      />
      <p role="status">{message}</p>
      {styles.length > 0 && (
        <button
          type="button"
          class="button save-styles"
          onClick={() =>
            attempt(() => share(toSave.length > 0 ? toSave : styles, PACK_NAME), setMessage)
          }
        >
          {t(toSave.length > 0 ? 'own_save_chosen' : 'own_save_all')}
        </button>
      )}
      <p class="help">{t('own_pack_help')}</p>
    </Section>
  );
}

/** The words about a style, and the sentences that ask for them. */
const WORDS = {
  title: 'favourites_name',
  artist: 'own_word_artist',
  year: 'own_word_year',
  licence: 'own_word_licence',
} as const;

interface OwnStyleRowProps {
  readonly style: OwnStyle;
  /** Whether only another network can paint with it. */
  readonly isForeign: boolean;
  readonly isChosen: boolean;
  onChoose(isChosen: boolean): void;
  onChange(changes: Partial<OwnStyle>): void;
  onMatch(): void;
  onShare(): void;
  onRemove(): void;
}

function OwnStyleRow(props: OwnStyleRowProps): JSX.Element {
  const { style, onChange } = props;
  const [showsMore, setShowsMore] = useState(false);
  const field = (word: keyof typeof WORDS): JSX.Element => (
    <WordField word={word} value={style[word]} onChange={(text) => onChange({ [word]: text })} />
  );
  return (
    <li>
      <input
        type="checkbox"
        aria-label={t('own_choose', style.title)}
        checked={props.isChosen}
        onChange={({ currentTarget }) => props.onChoose(currentTarget.checked)}
      />
      <OwnPicture style={style} />
      {field('title')}
      <IconButton
        icon="remove"
        label={t('favourites_remove', style.title)}
        onClick={props.onRemove}
      />
      <div class="buttons">
        <button
          type="button"
          class="button"
          aria-expanded={showsMore}
          onClick={() => setShowsMore(!showsMore)}
        >
          {t('own_details')}
        </button>
        {style.image && (
          <button type="button" class="button" title={t('match_help')} onClick={props.onMatch}>
            {t('match_sliders')}
          </button>
        )}
        <button type="button" class="button" title={t('own_share_help')} onClick={props.onShare}>
          {t('own_share')}
        </button>
      </div>
      {props.isForeign && <p class="help">{t('own_other_network')}</p>}
      {showsMore && (
        <div class="words">
          {(['artist', 'year', 'licence'] as const).map((word) => (
            <label key={word}>
              <span>{t(WORDS[word])}</span>
              {field(word)}
            </label>
          ))}
        </div>
      )}
    </li>
  );
}

interface WordFieldProps {
  readonly word: keyof typeof WORDS;
  readonly value: string;
  onChange(text: string): void;
}

/** What is typed stays while the list around it is read anew. */
function WordField({ word, value, onChange }: WordFieldProps): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const finish = (typed: string): void => {
    const tidy = tidyName(typed, MAX_WORDS[word]);
    if (tidy === value || (word === 'title' && !tidy)) setText(value);
    else onChange(tidy);
  };
  return (
    <input
      type="text"
      class="field"
      aria-label={t(WORDS[word])}
      maxLength={MAX_WORDS[word]}
      value={text}
      onInput={({ currentTarget }) => setText(currentTarget.value)}
      onChange={({ currentTarget }) => finish(currentTarget.value)}
    />
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

let painting: Promise<void> = Promise.resolve();

/** Painted since this page was opened: once is enough, also where the new vector could not be kept. */
const painted = new Set<string>();

/**
 * Paints the swatches that are missing or another network's, one after the other; one that can't be
 * painted keeps none of the others from it.
 */
function paintMissing(styles: readonly OwnStyle[], styleSpace: string): Promise<void> {
  const isMissing = (style: OwnStyle): boolean =>
    isUsable(style, styleSpace) &&
    (!style.swatch || (needsEncoding(style, styleSpace) && !painted.has(style.id)));
  painting = painting
    .catch(() => undefined)
    .then(async () => {
      const problems: unknown[] = [];
      for (const { id } of styles.filter(isMissing)) {
        // Painted meanwhile, for this list is read again after every one of them.
        const now = (await readOwnStyles()).find((style) => style.id === id);
        if (!now || !isMissing(now)) continue;
        try {
          const swatch = await paintSwatch(id);
          painted.add(id);
          await changeOwnStyle(id, { swatch });
        } catch (thrown) {
          problems.push(thrown);
        }
      }
      if (problems.length > 0) throw problems[0];
    });
  return painting;
}
