import { t } from '../../words/i18n';

/** A granted match pattern for users: its host, with the protocol unless it is https. */
export function siteLabel(pattern: string): string {
  if (pattern === '<all_urls>' || /^(\*|https?):\/\/\*\/\*$/.test(pattern)) {
    return t('options_access_every');
  }
  return pattern.replace(/^(https|\*):\/\//, '').replace(/\/\*$/, '');
}
