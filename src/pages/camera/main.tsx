/**
 * The page of live pictures: a camera's or, opened with `?tab=12`, a tab's. Composition root.
 */
import './style.css';

import { render } from 'preact';

import { PasticheError } from '../../protocol/errors';
import { readSettings } from '../../storage/settings';
import { readUses } from '../../storage/uses';
import { keepKnownStyles } from '../../core/style/mix';
import { errorSentence, t } from '../../words/i18n';
import { preparePage } from '../shared/page';
import { readShownStyles } from '../../words/styles';
import { CameraPage } from './camera-page';
import { parseSource } from './source';

const source = parseSource(location.search);
const root = preparePage(t(source.kind === 'camera' ? 'camera_title' : 'capture_title'));
try {
  const [styles, settings, uses] = await Promise.all([
    readShownStyles(),
    readSettings(),
    readUses().catch(() => ({})),
  ]);
  const ids = styles.map(({ id }) => id);
  const initial = { mix: keepKnownStyles(settings.mix, ids), manner: settings.manner };
  render(
    <CameraPage
      source={source}
      styles={styles}
      initial={initial}
      uses={uses}
      order={settings.order}
    />,
    root,
  );
} catch (thrown) {
  render(<p class="message">{errorSentence(PasticheError.from(thrown).code)}</p>, root);
}
