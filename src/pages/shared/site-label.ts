import { t } from '../../words/i18n';

/** A granted match pattern as a person knows it: its host, with the protocol where it isn't https. */
export function siteLabel(pattern: string): string {
  if (pattern === '<all_urls>' || /^(\*|https?):\/\/\*\/\*$/.test(pattern)) {
    return t('options_access_every');
  }
  return pattern.replace(/^(https|\*):\/\//, '').replace(/\/\*$/, '');
}
