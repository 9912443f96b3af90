/** The options page. Composition root. */
import './style.css';

import { render } from 'preact';

import { readSettings } from '../src/storage/settings';
import { t } from '../src/ui/i18n';
import { preparePage } from '../src/ui/page';
import { OptionsPage } from './options-page';

const root = preparePage(t('options_title'));
render(<OptionsPage settings={await readSettings()} />, root);
