/** Makes a style of a picture on a page. */
import browser from 'webextension-polyfill';

import { unpackBytes } from '../core/bytes';
import type { PageImage } from '../protocol/messages';
import { tidyName } from '../core/favourites/favourite';
import { addOwnStyles } from '../storage/own-styles';
import { newOwnStyle } from '../core/style/own-style';
import { t } from '../words/i18n';

/** Keeps the picture as a style and opens the options page, which encodes and names it. */
export async function useAsStyle({ data, mime, name }: PageImage): Promise<void> {
  await addOwnStyles([
    newOwnStyle({
      title: tidyName(name) || t('own_untitled'),
      image: new Blob([unpackBytes(data)], { type: mime }),
    }),
  ]);
  await browser.tabs.create({ url: browser.runtime.getURL('options/options.html#own-styles') });
}
