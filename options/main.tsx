/** The options page. Composition root. */
import './style.css';

import { render } from 'preact';

import { PasticheError } from '../src/messages/errors';
import { readSettings } from '../src/storage/settings';
import { errorSentence, t } from '../src/ui/i18n';
import { preparePage } from '../src/ui/page';
import { readShownStyles } from '../src/ui/styles';
import { OptionsPage } from './options-page';

const root = preparePage(t('options_title'));
try {
  const [styles, settings] = await Promise.all([readShownStyles(), readSettings()]);
  render(<OptionsPage settings={settings} styles={styles} />, root);
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
