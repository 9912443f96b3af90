/** Messages in the browser's language. Used by every context. */
import browser from 'webextension-polyfill';

import type english from '../../_locales/en/messages.json';
import type { ErrorCode } from '../protocol/errors';

/** All message keys, from the English file; a unit test holds the other languages to it. */
export type MessageKey = keyof typeof english;

/** Messages that contain a count: they have a form for every plural category of their language. */
export type PluralName = {
  [Key in MessageKey]: Key extends `${infer Name}_other`
    ? `${Name}_one` extends MessageKey
      ? Name
      : never
    : never;
}[MessageKey];

/** The value of a placeholder; numbers are formatted in the language of the messages. */
type Substitution = string | number;

/**
 * The message for a key in the browser's language, in English if it isn't translated.
 * @param substitutions Values of the message's placeholders, in order. They are text, never markup:
 *   put the result in a text node.
 */
export function t(key: MessageKey, ...substitutions: readonly Substitution[]): string {
  try {
    return browser.i18n.getMessage(key, substitutions.map(written));
  } catch {
    // In a page's script whose extension is gone there are no messages any more.
    return '';
  }
}

/** The message for an error: what happened and what can be done. */
export function errorSentence(code: ErrorCode): string {
  return t(`error_${code.replaceAll('-', '_') as Underscored<ErrorCode>}`);
}

/**
 * The message in the plural form for a number: `1 thread`, `2 threads`.
 * @param count Value of the first placeholder.
 * @param substitutions Values of the others, in order.
 */
export function plural(
  name: PluralName,
  count: number,
  ...substitutions: readonly Substitution[]
): string {
  const category = new Intl.PluralRules(messageLanguage()).select(count);
  // A browser may have newer plural rules than a language's file: the general form stands in.
  return (
    t(`${name}_${category}` as MessageKey, count, ...substitutions) ||
    t(`${name}_other`, count, ...substitutions)
  );
}

/** A share 0..1 as a whole percentage. */
export function percent(share: number): string {
  percentFormat ??= new Intl.NumberFormat(messageLanguage(), { style: 'percent' });
  return percentFormat.format(share);
}

let percentFormat: Intl.NumberFormat | undefined;

/** A size of so many bytes in megabytes, with one decimal. */
export function megabytes(bytes: number): string {
  megabyteFormat ??= new Intl.NumberFormat(messageLanguage(), {
    style: 'unit',
    unit: 'megabyte',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  return megabyteFormat.format(bytes / 1e6);
}

let megabyteFormat: Intl.NumberFormat | undefined;

/** A list in a sentence, joined as its language does. */
export function listed(items: readonly string[]): string {
  return new Intl.ListFormat(messageLanguage(), { style: 'narrow' }).format(items);
}

/** The language of the messages, which may not be the browser's, as a BCP 47 tag. */
export function messageLanguage(): string {
  return t('language') || 'en';
}

/** The writing direction of the messages, which may not be the browser's. */
export function messageDirection(): 'ltr' | 'rtl' {
  return /^(ar|fa|he|ur)\b/.test(messageLanguage()) ? 'rtl' : 'ltr';
}

/** Gives an element on somebody else's page the language of our messages. */
export function speakOurs(element: HTMLElement): void {
  element.lang = messageLanguage();
  element.dir = messageDirection();
}

function written(value: Substitution): string {
  return typeof value === 'string' ? value : new Intl.NumberFormat(messageLanguage()).format(value);
}

type Underscored<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : S;
