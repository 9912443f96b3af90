import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import type { GrantRequest } from '../../protocol/messages';
import { t } from '../../words/i18n';
import { siteName } from './query';

/** How long the thanks are shown before the window closes, in milliseconds. */
const CLOSE_DELAY_MS = 1200;

const REASONS = {
  'cross-origin-image': 'grant_reason_image',
  'cross-origin-frame': 'grant_reason_frame',
} as const;

interface GrantPageProps {
  /** Null if the page's query is invalid. */
  readonly request: GrantRequest | null;
}

export function GrantPage({ request }: GrantPageProps): JSX.Element {
  return (
    <>
      <header>
        <img src="icons/icon-48.png" alt="" width="40" height="40" />
        <h1>{t('grant_title')}</h1>
      </header>
      {request ? <Question request={request} /> : <p>{t('grant_invalid')}</p>}
    </>
  );
}

function Question({ request }: { readonly request: GrantRequest }): JSX.Element {
  const [answer, setAnswer] = useState<'granted' | 'denied' | null>(null);
  const origins = [...request.origins];

  useEffect(() => {
    // Already granted, elsewhere or before a reload: nothing is left to ask.
    browser.permissions.contains({ origins }).then(
      (has) => has && setAnswer('granted'),
      // If that is unknown, the page asks.
      () => undefined,
    );
  }, [request]);
  useEffect(() => {
    if (answer !== 'granted') return undefined;
    const timer = setTimeout(closePage, CLOSE_DELAY_MS);
    return () => clearTimeout(timer);
  }, [answer]);

  const ask = (): void => {
    // Must come first in the click's own handler, or the browser refuses to ask.
    browser.permissions.request({ origins }).then(
      (granted) => setAnswer(granted ? 'granted' : 'denied'),
      () => setAnswer('denied'),
    );
  };

  return (
    <>
      <p>{t(REASONS[request.reason])}</p>
      <section class="sites" aria-labelledby="sites">
        <h2 id="sites">{t('grant_sites')}</h2>
        <ul>
          {origins.map((origin) => (
            <li key={origin}>{siteName(origin)}</li>
          ))}
        </ul>
      </section>
      {answer === null && <p class="then">{t('grant_then')}</p>}
      <div role="status">
        {answer && (
          <p class="message">{t(answer === 'granted' ? 'grant_granted' : 'grant_denied')}</p>
        )}
      </div>
      <div class="actions">
        <button type="button" class="button primary" disabled={answer === 'granted'} onClick={ask}>
          {t('grant_allow')}
        </button>
        <button type="button" class="button" onClick={closePage}>
          {t('grant_cancel')}
        </button>
      </div>
    </>
  );
}

function closePage(): void {
  browser.tabs
    .getCurrent()
    .then((tab) => browser.tabs.remove(tab.id ?? browser.tabs.TAB_ID_NONE))
    // If the page was opened in another way, it may still close itself.
    .catch(() => window.close());
}
