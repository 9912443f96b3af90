/** Names of saved files. Pure. */

/** Maximum length of each part of a name, in UTF-16 code units: file systems allow 255 bytes in all. */
const MAX_PART = 60;

/** File types of saved pastiches. */
export const FILE_TYPES = ['png', 'jpeg', 'webp'] as const;

export type FileType = (typeof FILE_TYPES)[number];

/** Quality of JPEG and WebP, 0..1: losses can't be seen, as a painting has no smooth gradients. */
export const QUALITY = 0.92;

/** The file type of a pastiche's blob. */
export function typeOfFile({ type }: { readonly type: string }): FileType {
  return FILE_TYPES.find((each) => type === `image/${each}`) ?? 'png';
}

/**
 * The name of a pastiche's file: picture and mix, such as `harbour.Starry Night.png`.
 * @param source Address of the picture.
 * @param title Name of the mix.
 * @param part Appended for a part of a picture: `harbour (part).Wave.png`.
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

/** A file name given by somebody else, with this ending and no other. */
export function tidyFileName(name: string, ending: string): string {
  const stem = name.endsWith(ending) ? name.slice(0, -ending.length) : name;
  // A name has at most three parts, each shorter than MAX_PART.
  return `${tidy(stem, 4 * MAX_PART) || 'pastiche'}${ending}`;
}

/** The picture's name in its address; empty if there is none. */
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

/** Without characters that are special to a file system or a shell. */
function tidy(text: string, longest = MAX_PART): string {
  return text
    .replace(/[\p{Cc}\p{Cf}<>:"/\\|?*~%]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .slice(0, longest)
    .trim();
}
