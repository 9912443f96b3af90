import { speakOurs } from '../../words/i18n';

/** Gives a page its title, and the language and direction of our messages. */
export function preparePage(title: string): HTMLElement {
  document.title = title;
  speakOurs(document.documentElement);
  const root = document.querySelector('main');
  if (!root) throw new Error('the page has no main element');
  return root;
}
