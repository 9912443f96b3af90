/** The palette that opens from the toolbar. Composition root: reads what it needs, then shows it. */
import './style.css';

import { render } from 'preact';
import browser from 'webextension-polyfill';

import { PasticheError, type ErrorCode } from '../src/protocol/errors';
import { takeNews } from '../src/storage/news';
import { takeNotice } from '../src/storage/notices';
import { readUses } from '../src/storage/uses';
import { readSettings } from '../src/storage/settings';
import { keepKnownStyles } from '../src/core/style/mix';
import { errorSentence, t } from '../src/words/i18n';
import { preparePage } from '../src/pages/shared/page';
import { readShownStyles } from '../src/words/styles';
import { readPagePicture } from '../src/pages/palette/page-picture';
import { Palette } from '../src/pages/palette/palette';

const root = preparePage(t('extension_name'));

/** The error of the tab below the palette that could not be shown there. */
async function noticeOfTab(): Promise<ErrorCode | null> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  if (tab?.id === undefined) return null;
  const notice = await takeNotice(tab.id);
  if (notice !== null) await browser.action.setBadgeText({ tabId: tab.id, text: '' });
  return notice;
}

const notice = noticeOfTab();
try {
  const [styles, settings, uses, hasNews] = await Promise.all([
    readShownStyles(),
    readSettings(),
    readUses(),
    // Where they can't be taken, they would be said at every opening.
    takeNews().catch(() => false),
  ]);
  // An update may have removed a style.
  const ids = styles.map(({ id }) => id);
  const initial = { mix: keepKnownStyles(settings.mix, ids), manner: settings.manner };
  // Asked for when the sliders are there: looking through the page takes the browser's time.
  const { promise: picture, resolve } = Promise.withResolvers<ImageBitmap | null>();
  render(
    <Palette
      styles={styles}
      initial={initial}
      notice={notice}
      hasNews={hasNews}
      picture={picture}
      uses={uses}
      order={settings.order}
    />,
    root,
  );
  // The frame that shows them is on its way when the task after it begins.
  requestAnimationFrame(() => setTimeout(() => resolve(readPagePicture())));
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
