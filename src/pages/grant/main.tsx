/** The page that asks for access to sites; its query names them. The background opens it. */
import './style.css';

import { render } from 'preact';

import { t } from '../../words/i18n';
import { preparePage } from '../shared/page';
import { GrantPage } from './grant-page';
import { parseGrantQuery } from './query';

render(<GrantPage request={parseGrantQuery(location.search)} />, preparePage(t('grant_title')));
