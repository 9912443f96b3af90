/** Everywhere a picture is asked for: a file, what was copied, an address, or dropped on the page. */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { detach } from '../../core/detach';
import { sitePatternOf } from '../../storage/site-rules';
import { t } from '../../words/i18n';

/** How long a site may take to send a picture, in milliseconds. */
const TIMEOUT_MS = 30_000;

interface PictureSourceProps {
  /** What the button that opens a file says. */
  readonly label: string;
  readonly isMultiple?: boolean;
  /** What the browser's chooser lists, as `accept` says it. Default: pictures. */
  readonly types?: string;
  /** Whether what is dropped and pasted anywhere on the page is meant; else only on the buttons. */
  readonly isPage: boolean;
  readonly isPrimary?: boolean;
  /** Without the buttons: what is dropped and pasted counts all the same. Default false. */
  readonly isHidden?: boolean;
  onPictures(files: readonly File[]): void;
  /** Told a sentence where there is no picture in what was given. */
  onProblem(sentence: string): void;
}

/** Buttons for a file, the clipboard and an address; takes what is dropped and pasted too. */
export function PictureSource(props: PictureSourceProps): JSX.Element {
  const { label, isMultiple = false, isPage, isPrimary = false, isHidden = false } = props;
  const { types = 'image/*,.heic,.heif,.jxl' } = props;
  const chooser = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [address, setAddress] = useState<string | null>(null);
  /** A site that has to be allowed before its picture can be had. */
  const [blocked, setBlocked] = useState<string | null>(null);
  const latest = useRef(props);
  latest.current = props;

  const give = (files: readonly File[]): void => {
    if (files.length === 0) latest.current.onProblem(t('picture_nothing'));
    else latest.current.onPictures(isMultiple ? files : files.slice(0, 1));
  };
  const load = async (url: string): Promise<void> => {
    setBlocked(null);
    try {
      give([await fetchPicture(url)]);
      setAddress(null);
    } catch (thrown) {
      const site = sitePatternOf(url);
      const isAllowed =
        site === null ||
        (await browser.permissions.contains({ origins: [site] }).catch(() => false));
      if (thrown instanceof TypeError && !isAllowed) {
        setAddress(url);
        setBlocked(url);
      } else latest.current.onProblem(t('picture_not_loaded'));
    }
  };
  /** Takes the pictures out of what is dropped or pasted; whether there was anything. */
  const take = (data: DataTransfer | null): boolean => {
    const files = [...(data?.files ?? [])];
    if (files.length > 0) {
      give(files);
      return true;
    }
    const [html, ...texts] = ['text/html', 'text/uri-list', 'text/plain'].map(
      (type) => data?.getData(type) ?? '',
    );
    const url = addressIn(html ?? '', texts.join('\n'));
    if (url) detach(load(url));
    return Boolean(url);
  };
  const fromClipboard = async (): Promise<void> => {
    try {
      const items = await navigator.clipboard.read();
      const images = items.flatMap((item) =>
        item.types.filter((type) => type.startsWith('image/')).map((type) => item.getType(type)),
      );
      const blobs = await Promise.all(images.slice(0, 1));
      const textOf = async (type: string): Promise<string> =>
        (await items.find(({ types }) => types.includes(type))?.getType(type))?.text() ?? '';
      const url = addressIn(await textOf('text/html'), await textOf('text/plain'));
      if (blobs.length > 0) give(blobs.map((blob) => new File([blob], '', { type: blob.type })));
      else if (url) await load(url);
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
    on('drop', (event) => takeFrom(event, (event as DragEvent).dataTransfer));
    return () => abort.abort();
  }, [isPage]);

  return (
    <div class="picture-source" ref={box}>
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
        {/* The button stands for it: it says in our language what a file field says in the browser's. */}
        <input
          ref={chooser}
          type="file"
          accept={types}
          multiple={isMultiple}
          hidden
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            // The same file can be chosen again.
            currentTarget.value = '';
            if (files.length > 0) give(files);
          }}
        />
      </div>
      {address !== null && (
        <form
          class="paste"
          onSubmit={(event) => {
            event.preventDefault();
            detach(load(address.trim()));
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
      {address !== null && blocked !== null && (
        <p class="message" role="alert">
          <span>{t('picture_blocked', new URL(blocked).host)}</span>
          <button
            type="button"
            class="button"
            onClick={() => {
              // First in the click's own handler, or the browser refuses to ask.
              browser.permissions.request({ origins: [sitePatternOf(blocked) ?? ''] }).then(
                (isGranted) => (isGranted ? load(blocked) : undefined),
                () => latest.current.onProblem(t('picture_not_loaded')),
              );
            }}
          >
            {t('grant_allow')}
          </button>
        </p>
      )}
    </div>
  );
}

/** Whether it is words for a text field, which takes them by itself. */
function isText({ target }: Event, data: DataTransfer | null): boolean {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField && data?.types.includes('Files') !== true;
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** The address of a picture that was dragged or copied out of a page; null where there is none. */
function addressIn(html: string, text: string): string | null {
  const page = new DOMParser().parseFromString(html, 'text/html');
  const candidates = [page.querySelector('img')?.getAttribute('src') ?? '', ...text.split(/\r?\n/)];
  return candidates.map((line) => line.trim()).find(isPictureAddress) ?? null;
}

function isPictureAddress(text: string): boolean {
  return /^(https?:\/\/|data:image\/)\S+$/i.test(text) && URL.canParse(text);
}

/**
 * The picture at an address.
 * @throws {TypeError} where the site doesn't let it be read, or can't be reached; `RangeError` where
 *   it is no such address, or the site has no picture there.
 */
async function fetchPicture(url: string): Promise<File> {
  if (!isPictureAddress(url)) throw new RangeError('no address of a picture');
  // Our pages' policy lets no such address be fetched.
  if (url.startsWith('data:')) return fileInAddress(url);
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new RangeError(`HTTP ${response.status}`);
  const blob = await response.blob();
  const { pathname } = new URL(url);
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // It stays as it is written.
  }
  return new File([blob], name, { type: blob.type });
}

/** The file that a `data:` URL is (RFC 2397). Throws a DOMException where it is damaged. */
function fileInAddress(url: string): File {
  const comma = url.indexOf(',');
  const [type = '', ...parameters] = url.slice('data:'.length, comma).split(';');
  const isBase64 = parameters.at(-1)?.trim().toLowerCase() === 'base64';
  const data = decodeURIComponent(url.slice(comma + 1));
  const part = isBase64 ? Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)) : data;
  return new File([part], '', { type });
}
