/** The options page. Composition root. */
import './style.css';

import { render } from 'preact';

import { PasticheError } from '../src/protocol/errors';
import { readSettings } from '../src/storage/settings';
import { readStyleSet } from '../src/storage/style-set';
import { errorSentence, t } from '../src/words/i18n';
import { preparePage } from '../src/pages/shared/page';
import { readShownStyles } from '../src/words/styles';
import { OptionsPage } from '../src/pages/options/options-page';

const root = preparePage(t('options_title'));
try {
  const [styles, { styleSpace }, settings] = await Promise.all([
    readShownStyles(),
    readStyleSet(),
    readSettings(),
  ]);
  render(<OptionsPage settings={settings} styles={styles} styleSpace={styleSpace} />, root);
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
