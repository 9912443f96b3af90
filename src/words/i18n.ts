/** Sentences for the person, in the language of the browser. Used by every context. */
import browser from 'webextension-polyfill';

import type english from '../../_locales/en/messages.json';
import type { ErrorCode } from '../protocol/errors';

/** Every sentence there is. The English file is the list; the unit test holds the others to it. */
export type MessageKey = keyof typeof english;

/** What a sentence counts with: it has a form for every plural category of its language. */
export type PluralName = {
  [Key in MessageKey]: Key extends `${infer Name}_other`
    ? `${Name}_one` extends MessageKey
      ? Name
      : never
    : never;
}[MessageKey];

/** What stands for a placeholder; numbers are written as the language of our sentences does. */
type Substitution = string | number;

/**
 * The sentence for a key in the browser's language, English where there is no translation.
 * @param substitutions What stands for the sentence's placeholders, in order. They are text, never
 *   markup: put the result in a text node.
 */
export function t(key: MessageKey, ...substitutions: readonly Substitution[]): string {
  try {
    return browser.i18n.getMessage(key, substitutions.map(written));
  } catch {
    // A page's script whose extension is gone has no sentences any more, and nothing to say.
    return '';
  }
}

/** The sentence about an error: what happened and what can be done. */
export function errorSentence(code: ErrorCode): string {
  return t(`error_${code.replaceAll('-', '_') as Underscored<ErrorCode>}`);
}

/**
 * The sentence in the form that a number asks for: `1 thread`, `2 threads`.
 * @param count Stands for the first placeholder.
 * @param substitutions What stands for the others, in order.
 */
export function plural(
  name: PluralName,
  count: number,
  ...substitutions: readonly Substitution[]
): string {
  const category = new Intl.PluralRules(messageLanguage()).select(count);
  // A browser may have newer rules than the file of a language: then the general form stands in.
  return (
    t(`${name}_${category}` as MessageKey, count, ...substitutions) ||
    t(`${name}_other`, count, ...substitutions)
  );
}

/** A share 0..1 as whole percent. */
export function percent(share: number): string {
  percentFormat ??= new Intl.NumberFormat(messageLanguage(), { style: 'percent' });
  return percentFormat.format(share);
}

let percentFormat: Intl.NumberFormat | undefined;

/** Several things in one sentence, with the commas of its language. */
export function listed(items: readonly string[]): string {
  return new Intl.ListFormat(messageLanguage(), { style: 'narrow' }).format(items);
}

/** The language of the sentences, not of the browser, as a BCP 47 tag. */
export function messageLanguage(): string {
  return t('language') || 'en';
}

/** The direction in which the sentences are written: the browser's own may be another. */
export function messageDirection(): 'ltr' | 'rtl' {
  return /^(ar|fa|he|ur)\b/.test(messageLanguage()) ? 'rtl' : 'ltr';
}

/** Has an element on somebody else's page speak our language, whatever the page's is. */
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
