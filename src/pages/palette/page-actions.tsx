import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import browser from 'webextension-polyfill';

import { askBackground } from '../../protocol/background-client';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import type { BackgroundRequest, WholePageStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/render-options';
import { attempt } from '../shared/attempt';
import { errorSentence, listed, plural, t } from '../../words/i18n';
import { mixName } from '../../words/mix-name';
import { hasMenus } from '../shared/has-menus';
import { siteLabel } from '../shared/site-label';
import type { NamedStyle } from '../../words/style-names';
import type { Favourites } from '../shared/use-favourites';
import { Message } from './message';
import { canRestore, progressOf } from './page-progress';
import { SiteRuleControl } from './site-rule-control';
import { useTab } from './use-tab';
import { VideoButton } from './video-button';

interface PageActionsProps {
  readonly recipe: Recipe;
  readonly styles: readonly NamedStyle[];
  readonly favourites: Favourites;
  /** Settles when the content scripts are in the page's frames. */
  readonly reached: Promise<unknown>;
}

/** What can be done with the page that the palette is open over; where nothing can, what to do. */
export function PageActions({
  recipe,
  styles,
  favourites,
  reached,
}: PageActionsProps): JSX.Element | null {
  const tab = useTab(reached);
  const [failure, setFailure] = useState<ErrorCode | null>(null);
  if (tab === undefined) return null;
  if (tab === null) return <Forbidden />;
  const progress = progressOf(tab.statuses);
  const isWorking = progress?.state === 'working';
  const title = mixName(recipe.mix, styles);
  const run = (work: Promise<unknown>): void => {
    setFailure(null);
    work
      .catch((thrown: unknown) => setFailure(PasticheError.from(thrown).code))
      .finally(() => tab.look());
  };
  const end = (how: 'stop' | 'restore'): void =>
    run(askBackground({ type: 'background.end-page', tabId: tab.id, how }));

  return (
    <section class="page" aria-label={t('popup_page')}>
      <div class="buttons">
        {isWorking ? (
          <button type="button" class="button" onClick={() => end('stop')}>
            {t('popup_page_stop')}
          </button>
        ) : (
          <button
            type="button"
            class="button"
            disabled={Object.keys(recipe.mix).length === 0}
            onClick={() =>
              run(
                askBackground({ type: 'background.restyle-page', tabId: tab.id, ...recipe, title }),
              )
            }
          >
            {t('popup_page_restyle')}
          </button>
        )}
        {!hasMenus() && (
          <button
            type="button"
            class="button"
            disabled={Object.keys(recipe.mix).length === 0}
            onClick={() => run(pickPicture({ tabId: tab.id, ...recipe, title }))}
          >
            {t('menu_pick')}
          </button>
        )}
        <button
          type="button"
          class="button"
          disabled={!canRestore(tab.statuses)}
          onClick={() => end('restore')}
        >
          {t('popup_page_restore')}
        </button>
        <VideoButton tab={tab} />
        <button
          type="button"
          class="button"
          onClick={() => run(askBackground({ type: 'background.edit-picture', tabId: tab.id }))}
        >
          {t('editor_paint')}
        </button>
      </div>
      {progress && (
        <Progress
          progress={progress}
          run={run}
          isPainted={tab.statuses.some(({ pictures }) => pictures.length > 0)}
        />
      )}
      {failure && <Message text={errorSentence(failure)} onClose={() => setFailure(null)} />}
      <SiteRuleControl tab={tab} recipe={recipe} title={title} favourites={favourites} />
    </section>
  );
}

/** Has the user pick a picture of the page, which the palette covers. */
async function pickPicture(
  picking: Omit<Extract<BackgroundRequest, { type: 'background.pick-picture' }>, 'type'>,
): Promise<void> {
  await askBackground({ type: 'background.pick-picture', ...picking });
  window.close();
}

/** Where the browser lets no extension act, which a newcomer meets at once: on the store's own page. */
function Forbidden(): JSX.Element {
  const [problem, setProblem] = useState('');
  return (
    <section class="page" aria-label={t('popup_page')}>
      <p class="hint">{t('popup_forbidden')}</p>
      <button type="button" class="button" onClick={() => attempt(openWelcome, setProblem)}>
        {t('popup_try')}
      </button>
      {problem && <Message text={problem} onClose={() => setProblem('')} />}
    </section>
  );
}

async function openWelcome(): Promise<void> {
  await browser.tabs.create({ url: browser.runtime.getURL('welcome.html') });
  window.close();
}

interface ProgressProps {
  readonly progress: WholePageStatus;
  /** Shows errors of work that the user waits for. */
  readonly run: (work: Promise<unknown>) => void;
  /** Whether any picture was painted, now or before. */
  readonly isPainted: boolean;
}

function Progress({ progress, run, isPainted }: ProgressProps): JSX.Element | null {
  const { state, total, done, failed, blockedOrigins } = progress;
  if (total === 0) {
    return <p role="status">{state === 'following' && !isPainted && t('popup_page_none')}</p>;
  }
  const isWorking = state === 'working';
  return (
    <>
      {blockedOrigins.length > 0 && (
        <div class="question" ref={intoSight}>
          <p>{t('popup_page_blocked', listed(blockedOrigins.map(siteLabel)))}</p>
          <button
            type="button"
            class="button"
            onClick={() => {
              // Must come first in the click's own handler, or the browser refuses to ask. The
              // background tells the page, even if the browser's question has closed the palette.
              run(browser.permissions.request({ origins: [...blockedOrigins] }));
            }}
          >
            {t('grant_allow')}
          </button>
        </div>
      )}
      {isWorking && (
        <div class="progress">
          <progress max={total} value={done + failed} aria-label={t('popup_page')} />
          <span>{t('popup_page_progress', done + failed, total)}</span>
        </div>
      )}
      <p role="status" class={isWorking ? 'visually-hidden' : 'hint'}>
        {isWorking ? '' : plural('popup_page_done', total, done)}
      </p>
    </>
  );
}

/** Scrolls a question that has to be answered first into view. */
function intoSight(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}
