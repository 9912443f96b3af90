import { t } from '../../words/i18n';

/** Gives an extension page its title, and the language of our sentences, not of the browser. */
export function preparePage(title: string): HTMLElement {
  document.title = title;
  document.documentElement.lang = t('language');
  const root = document.querySelector('main');
  if (!root) throw new Error('the page has no main element');
  return root;
}

/** A share 0..1 as whole percent, in the language of our sentences. */
export function percent(share: number): string {
  percentFormat ??= new Intl.NumberFormat(t('language'), { style: 'percent' });
  return percentFormat.format(share);
}

let percentFormat: Intl.NumberFormat | undefined;
