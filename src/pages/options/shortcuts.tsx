import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser, { type Commands } from 'webextension-polyfill';

import { t } from '../../words/i18n';
import { Section } from './section';

/** Firefox 137 and later; the types don't know it yet. */
interface ShortcutSettings {
  openShortcutSettings?(): Promise<void>;
}

/** The shortcuts of the extension, and a link to where the browser changes them. */
export function Shortcuts(): JSX.Element {
  const [commands, setCommands] = useState<readonly Commands.Command[]>([]);
  const [isManual, setManual] = useState(false);
  useEffect(() => {
    browser.commands.getAll().then(setCommands, () => undefined);
  }, []);
  const open = isManual ? null : shortcutPage();
  return (
    <Section title={t('options_shortcuts')}>
      <dl class="list">
        {commands
          .filter(({ name }) => name?.startsWith('_') === false)
          .map(({ name, description, shortcut }) => (
            <div key={name} class="row">
              <dt>{description}</dt>
              <dd>{shortcut ? <kbd>{shortcut}</kbd> : t('options_shortcut_none')}</dd>
            </div>
          ))}
      </dl>
      {open ? (
        <button type="button" class="button" onClick={() => open().catch(() => setManual(true))}>
          {t('options_shortcuts_change')}
        </button>
      ) : (
        <p class="help">{t('options_shortcuts_manual')}</p>
      )}
    </Section>
  );
}

/** Opens the browser's own page of shortcuts; null if that is impossible. */
function shortcutPage(): (() => Promise<unknown>) | null {
  const settings = browser.commands as typeof browser.commands & ShortcutSettings;
  if (settings.openShortcutSettings) return () => settings.openShortcutSettings();
  // Firefox lets no extension open its own addresses. Browsers based on Chromium understand this one.
  if (location.protocol !== 'chrome-extension:') return null;
  return () => browser.tabs.create({ url: 'chrome://extensions/shortcuts' });
}
