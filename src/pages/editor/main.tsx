/**
 * The editor for a picture of a page, whose id is in `?picture=…`, or for a file. Composition root.
 */
import './style.css';

import { render } from 'preact';

import { PasticheError } from '../../protocol/errors';
import { takeOver } from '../../storage/handover';
import { readSettings } from '../../storage/settings';
import { readUses } from '../../storage/uses';
import { keepKnownStyles } from '../../core/style/mix';
import { errorSentence, t } from '../../words/i18n';
import { preparePage } from '../shared/page';
import { readShownStyles } from '../../words/styles';
import { Opening, type Opened } from './opening';

const root = preparePage(t('editor_title'));
const id = new URLSearchParams(location.search).get('picture');
try {
  const [styles, settings, uses, handed] = await Promise.all([
    readShownStyles(),
    readSettings(),
    readUses().catch(() => ({})),
    id === null ? null : takeOver(id).catch(() => null),
  ]);
  const ids = styles.map(({ id: style }) => style);
  const first: Opened | null = handed && {
    file: handed.file,
    source: handed.source,
    isWhole: handed.isWhole ?? true,
    place: handed.tabId < 0 ? null : handed,
  };
  render(
    <Opening
      first={first}
      isGone={id !== null && !handed}
      budget={settings.budget}
      styles={styles}
      initial={{ mix: keepKnownStyles(settings.mix, ids), manner: settings.manner }}
      uses={uses}
      order={settings.order}
    />,
    root,
  );
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
