/**
 * Everywhere a picture is asked for: a file, what was copied, an address, or dropped on the page. What
 * is given may be a pack of styles, which whoever asks hands on to `addStyles`.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import { sitePatternOf } from '../../storage/site-rules';
import { t } from '../../words/i18n';
import { PictureFileError } from './own-image';

/**
 * Reads a picture: a file, or the file at an address. Resolves to null if its site has to be granted
 * first, which is requested below the buttons; rejects with a {@link PictureFileError}.
 */
export type GivenPicture = () => Promise<File | null>;

/** Time for a site to send a picture, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** What the browser's chooser lists: pictures, and packs of styles, also as they were called once. */
const TYPES = 'image/*,.heic,.heif,.jxl,.pastiche,.json';

interface PictureSourceProps {
  /** Label of the button that opens a file; null: there are no buttons, only drops and pastes. */
  readonly label: string | null;
  readonly isMultiple?: boolean;
  /** Whether what is dropped and pasted anywhere on the page is meant; else only on the buttons. */
  readonly isPage: boolean;
  readonly isPrimary?: boolean;
  /** Whether to hide the buttons for now; drops and pastes still count. Default false. */
  readonly isHidden?: boolean;
  /** Called with one or several pictures, which are to be read one after another. */
  onPictures(pictures: readonly GivenPicture[]): void;
  /** Called with a message if no picture was given. */
  onProblem(sentence: string): void;
}

/** Buttons for a file, the clipboard and an address; also handles drops and pastes. */
export function PictureSource(props: PictureSourceProps): JSX.Element {
  const { label, isMultiple = false, isPage, isPrimary = false, isHidden = false } = props;
  const chooser = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [address, setAddress] = useState<string | null>(null);
  /** Addresses whose sites have to be granted before they can be loaded. */
  const [blocked, setBlocked] = useState<readonly string[]>([]);
  const latest = useRef(props);
  latest.current = props;

  const give = (pictures: readonly GivenPicture[]): void => {
    if (pictures.length === 0) latest.current.onProblem(t('picture_nothing'));
    else latest.current.onPictures(isMultiple ? pictures : pictures.slice(0, 1));
  };
  const giveFiles = (files: readonly File[]): void => give(files.map((file) => async () => file));
  const giveAddresses = (urls: readonly string[]): void => {
    setBlocked((now) => now.filter((url) => !urls.includes(url)));
    give(urls.map((url) => () => load(url, isMultiple && urls.length > 1)));
  };
  const load = async (url: string, isNamed: boolean): Promise<File | null> => {
    try {
      const file = await fetchPicture(url);
      // Addresses that could not be loaded stay in the field.
      setAddress(
        (now) =>
          (now &&
            wordsOf(now)
              .filter((word) => word !== url)
              .join(' ')) ||
          null,
      );
      return file;
    } catch (thrown) {
      const site = sitePatternOf(url);
      const isAllowed =
        site === null ||
        (await browser.permissions.contains({ origins: [site] }).catch(() => false));
      if (thrown instanceof TypeError && !isAllowed) {
        setBlocked((now) => [...now, url]);
        return null;
      }
      const sentence = t('picture_not_loaded');
      throw new PictureFileError(isNamed ? `${nameAt(url)}: ${sentence}` : sentence);
    }
  };
  /** Takes the pictures of a drop or paste; returns whether there was anything. */
  const take = (data: DataTransfer | null): boolean => {
    const files = [...(data?.files ?? [])];
    const urls = addressesIn((type) => data?.getData(type) ?? '');
    if (files.length > 0) giveFiles(files);
    else if (urls.length > 0) giveAddresses(urls);
    return files.length + urls.length > 0;
  };
  const fromClipboard = async (): Promise<void> => {
    try {
      const items = await navigator.clipboard.read();
      // Each may exist in several formats.
      const blobs = await Promise.all(
        items.flatMap((item) => {
          const type = item.types.find((one) => one.startsWith('image/'));
          return type ? item.getType(type) : [];
        }),
      );
      const [html = '', text = ''] = await Promise.all(
        ['text/html', 'text/plain'].map(async (type) =>
          (await items.find(({ types }) => types.includes(type))?.getType(type))?.text(),
        ),
      );
      const urls = addressesIn((type) => (type === 'text/html' ? html : text));
      const files = blobs.map((blob) => new File([blob], '', { type: blob.type }));
      if (files.length > 0) giveFiles(files);
      else if (urls.length > 0) giveAddresses(urls);
      else latest.current.onProblem(t('own_clipboard_empty'));
    } catch (thrown) {
      const isDenied = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      latest.current.onProblem(t(isDenied ? 'own_clipboard_denied' : 'own_clipboard_empty'));
    }
  };

  useEffect(() => {
    const target: EventTarget | null = isPage ? document : box.current;
    const abort = new AbortController();
    const on = (type: string, handle: (event: Event) => void): void =>
      target?.addEventListener(type, handle, { signal: abort.signal });
    const takeFrom = (event: Event, data: DataTransfer | null): void => {
      if (isText(event, data)) return;
      stop(event);
      if (!take(data)) latest.current.onProblem(t('picture_nothing'));
    };
    on('paste', (event) => takeFrom(event, (event as ClipboardEvent).clipboardData));
    on('dragover', (event) => {
      if (!isText(event, (event as DragEvent).dataTransfer)) stop(event);
    });
    on('drop', (event) => {
      // What was dragged within a list of ours is its own.
      if (!event.defaultPrevented) takeFrom(event, (event as DragEvent).dataTransfer);
    });
    return () => abort.abort();
  }, [isPage]);

  return (
    <div class="picture-source" ref={box}>
      {label !== null && (
        <div class="buttons" hidden={isHidden}>
          <button
            type="button"
            class={isPrimary ? 'button primary' : 'button'}
            onClick={() => chooser.current?.click()}
          >
            {label}
          </button>
          <button type="button" class="button" onClick={() => detach(fromClipboard())}>
            {t('own_from_clipboard')}
          </button>
          <button
            type="button"
            class="button"
            aria-expanded={address !== null}
            onClick={() => setAddress(address === null ? '' : null)}
          >
            {t('picture_from_address')}
          </button>
          {/* The button replaces the file field's own, which is in the browser's language. */}
          <input
            ref={chooser}
            type="file"
            accept={TYPES}
            multiple={isMultiple}
            hidden
            onChange={({ currentTarget }) => {
              const files = [...(currentTarget.files ?? [])];
              // So that the same file can be chosen again.
              currentTarget.value = '';
              if (files.length > 0) giveFiles(files);
            }}
          />
        </div>
      )}
      {address !== null && (
        <form
          class="paste"
          onSubmit={(event) => {
            event.preventDefault();
            // A `data:` address may contain spaces.
            giveAddresses(/^\s*data:/i.test(address) ? [address.trim()] : wordsOf(address));
          }}
        >
          <input
            type="text"
            class="field"
            inputMode="url"
            aria-label={t('picture_address')}
            placeholder={t('picture_address')}
            value={address}
            onInput={({ currentTarget }) => setAddress(currentTarget.value)}
          />
          <button type="submit" class="button" disabled={address.trim() === ''}>
            {t('favourites_paste_add')}
          </button>
        </form>
      )}
      {[...Map.groupBy(blocked, (url) => new URL(url).host)].map(([host, urls]) => (
        <p key={host} class="message" role="alert">
          <span>{t('picture_blocked', host)}</span>
          <button
            type="button"
            class="button"
            onClick={() => {
              const origins = [...new Set(urls.map((url) => sitePatternOf(url) ?? ''))];
              // Must come first in the click's own handler, or the browser refuses to ask.
              browser.permissions.request({ origins }).then(
                (isGranted) => {
                  if (isGranted) giveAddresses(urls);
                },
                () => latest.current.onProblem(t('picture_not_loaded')),
              );
            }}
          >
            {t('grant_allow')}
          </button>
        </p>
      ))}
    </div>
  );
}

/** Whether the data are text for a text field, which handles it itself. */
function isText({ target }: Event, data: DataTransfer | null): boolean {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField && data?.types.includes('Files') !== true;
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/**
 * The addresses of pictures that were dragged or copied from a page or a text, one or several on a
 * line.
 * @param textOf Gives the text of a type; the first type with a text counts.
 */
function addressesIn(textOf: (type: string) => string): string[] {
  const page = new DOMParser().parseFromString(textOf('text/html'), 'text/html');
  const images = [...page.querySelectorAll('img')].map((image) => image.getAttribute('src') ?? '');
  const lists = ['text/uri-list', 'text/plain'].map((type) =>
    textOf(type)
      .split(/\r?\n/)
      .map(wordsOf)
      // Other words beside an address mean that the text is something else.
      .flatMap((line) => (line.every(isPictureAddress) ? line : [])),
  );
  const all = [images.filter(isPictureAddress), ...lists];
  return [...new Set(all.find(({ length }) => length > 0))];
}

/** Addresses on one line, as lines become in a text field. */
function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function isPictureAddress(text: string): boolean {
  return /^(https?:\/\/|data:image\/)\S+$/i.test(text) && URL.canParse(text);
}

/**
 * Loads the picture at an address.
 * @throws {TypeError} if the site doesn't let it be read, or can't be reached; `RangeError` if the
 *   address is invalid, or there is no picture.
 */
async function fetchPicture(url: string): Promise<File> {
  if (!isPictureAddress(url)) throw new RangeError('no address of a picture');
  // The content security policy of our pages forbids fetching such addresses.
  if (url.startsWith('data:')) return fileInAddress(url);
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new RangeError(`HTTP ${response.status}`);
  const blob = await response.blob();
  return new File([blob], nameAt(url), { type: blob.type });
}

/** The file name in an address. */
function nameAt(url: string): string {
  if (!/^https?:/i.test(url)) return t('own_untitled');
  const { pathname, host } = new URL(url);
  const last = pathname.slice(pathname.lastIndexOf('/') + 1) || host;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** The file in a `data:` URL (RFC 2397). Throws a DOMException if it is damaged. */
function fileInAddress(url: string): File {
  const comma = url.indexOf(',');
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === 'base64';
  const data = decodeURIComponent(url.slice(comma + 1));
  const part = isBase64 ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : data;
  return new File([part], '', { type });
}
