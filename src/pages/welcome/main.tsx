/** The page that opens once, after installing. Composition root. */
import './style.css';

import { render } from 'preact';

import { PasticheError } from '../../protocol/errors';
import { readStyleSet } from '../../storage/style-set';
import { errorSentence, t } from '../../words/i18n';
import { preparePage } from '../shared/page';
import { WelcomePage } from './welcome-page';

const root = preparePage(t('welcome_title'));
try {
  const { styles } = await readStyleSet();
  render(<WelcomePage styles={styles} />, root);
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
