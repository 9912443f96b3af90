/** Sentences for the person, in the language of the browser. Used by every context. */
import browser from 'webextension-polyfill';

import type english from '../../_locales/en/messages.json';
import type { ErrorCode } from '../protocol/errors';

/** Every sentence there is. The English file is the list; the unit test holds the others to it. */
export type MessageKey = keyof typeof english;

/**
 * The sentence for a key in the browser's language, English where there is no translation.
 * @param substitutions What stands for the sentence's placeholders, in order. They are text, never
 *   markup: put the result in a text node.
 */
export function t(key: MessageKey, ...substitutions: readonly string[]): string {
  try {
    return browser.i18n.getMessage(key, [...substitutions]);
  } catch {
    // A page's script whose extension is gone has no sentences any more, and nothing to say.
    return '';
  }
}

/** The sentence about an error: what happened and what can be done. */
export function errorSentence(code: ErrorCode): string {
  return t(`error_${code.replaceAll('-', '_') as Underscored<ErrorCode>}`);
}

/** The language of the sentences, as a BCP 47 tag. */
export function uiLanguage(): string {
  return browser.i18n.getUILanguage();
}

type Underscored<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}_${Underscored<Tail>}`
  : S;
