/** What the file of a pastiche is called. Pure. */

/** Longer names are cut: file systems allow 255 bytes. In UTF-16 code units, for each part. */
const MAX_PART = 60;

/** What pastiches are saved as. */
export const FILE_TYPES = ['png', 'jpeg', 'webp'] as const;

export type FileType = (typeof FILE_TYPES)[number];

/** Of JPEG and WebP, 0..1: no difference can be seen, and a painting has no smooth gradients. */
export const QUALITY = 0.92;

/** What a file of a pastiche is. */
export function typeOfFile({ type }: { readonly type: string }): FileType {
  return FILE_TYPES.find((each) => type === `image/${each}`) ?? 'png';
}

/**
 * The name of a pastiche's file: picture and mix, such as `harbour.Starry Night.png`.
 * @param source Address of the picture.
 * @param title What the mix is called.
 * @param part What a part of a picture is called, where it is only one: `harbour (part).Wave.png`.
 */
export function pasticheFileName(source: string, title: string, type: FileType, part = ''): string {
  const picture = [pictureName(source), part && `(${tidy(part)})`].filter(Boolean).join(' ');
  const parts = [picture, tidy(title)].filter((each) => each !== '');
  return `${parts.join('.') || 'pastiche'}.${type === 'jpeg' ? 'jpg' : type}`;
}

/**
 * The name of a file made of a video: the site and the time, such as
 * `pastiche-example.org-2026-11-23T18-20-05.webm`.
 */
export function videoFileName(site: string, time: Date, type: 'png' | 'webm'): string {
  const moment = time.toISOString().slice(0, 19).replaceAll(':', '-');
  return `${['pastiche', tidy(site), moment].filter(Boolean).join('-')}.${type}`;
}

/** A name that somebody else has given, with this ending and no other. */
export function tidyFileName(name: string, ending: string): string {
  const stem = name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  // Parts of names are shorter, and there are three at most.
  return `${tidy(stem, 4 * MAX_PART) || 'pastiche'}${ending}`;
}

/** What the picture at an address is called; empty for one without a name. */
function pictureName(source: string): string {
  if (!/^(https?|file|ftp):/i.test(source)) return '';
  const path = source.replace(/[?#].*$/s, '');
  const last = path.slice(path.lastIndexOf('/') + 1);
  return tidy(decoded(last).replace(/\.[a-z0-9]{2,5}$/i, ''));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Without what a file system or a shell takes for something else. */
function tidy(text: string, longest = MAX_PART): string {
  return text
    .replace(/[\p{Cc}\p{Cf}<>:"/\\|?*~%]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .slice(0, longest)
    .trim();
}
