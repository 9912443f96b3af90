/** The palette that opens from the toolbar. Composition root: reads what it needs, then shows it. */
import './style.css';

import { render } from 'preact';
import browser from 'webextension-polyfill';

import { PasticheError, type ErrorCode } from '../src/messages/errors';
import { takeNotice } from '../src/storage/notices';
import { readSettings } from '../src/storage/settings';
import { readStyleSet } from '../src/storage/style-set';
import { keepKnownStyles } from '../src/style/mix';
import { errorSentence, t } from '../src/ui/i18n';
import { preparePage } from '../src/ui/page';
import { Palette } from './palette';

const root = preparePage(t('extension_name'));

/** What went wrong on the tab that the palette was opened on, said here because it can't be there. */
async function noticeOfTab(): Promise<ErrorCode | null> {
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  if (tab?.id === undefined) return null;
  const notice = await takeNotice(tab.id);
  if (notice !== null) await browser.action.setBadgeText({ tabId: tab.id, text: '' });
  return notice;
}

const notice = noticeOfTab();
try {
  const [{ styles }, settings] = await Promise.all([readStyleSet(), readSettings()]);
  // An update may have removed a style.
  const initial = keepKnownStyles(
    settings.mix,
    styles.map(({ id }) => id),
  );
  render(<Palette styles={styles} initial={initial} notice={notice} />, root);
  performance.mark('sliders');
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
