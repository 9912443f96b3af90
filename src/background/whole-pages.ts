/** Restyles all pictures of a tab, in all frames that can be reached. */
import { detach } from '../core/detach';
import type { PageReply, PageSurvey } from '../protocol/messages';
import type { Recipe } from '../core/style/render-options';
import { countUses } from '../storage/uses';
import { wakeEngineAhead } from './engine-host';
import { askPage, reachableFrames } from './pages';

/** @throws {PasticheError} `page-forbidden` if the extension may not act there. */
export async function restyleWholePage({
  tabId,
  title,
  mix,
  manner,
}: { readonly tabId: number; readonly title: string } & Recipe): Promise<null> {
  // The engine starts while the frames are searched.
  wakeEngineAhead();
  detach(countUses(Object.keys(mix)));
  const frames = await reachableFrames(tabId);
  await Promise.all(
    frames.map((frame) => askPage(frame, { type: 'page.all', title, mix, manner })),
  );
  return null;
}

/** @throws {PasticheError} `page-forbidden` if the extension may not act there. */
export async function endWholePage({
  tabId,
  how,
}: {
  readonly tabId: number;
  readonly how: 'stop' | 'restore';
}): Promise<null> {
  const request =
    how === 'stop'
      ? ({ type: 'page.stop' } as const)
      : ({ type: 'page.restore', target: { kind: 'all' } } as const);
  const frames = await reachableFrames(tabId);
  await Promise.all(frames.map((frame) => askPage(frame, request)));
  return null;
}

/** @throws {PasticheError} `page-forbidden` if the extension may not act there. */
export async function surveyWholePage(tabId: number): Promise<PageSurvey> {
  const frames = await reachableFrames(tabId);
  const replies = await Promise.all(frames.map((frame) => askPage(frame, { type: 'page.survey' })));
  const surveys = replies.filter(isSurvey);
  return {
    type: 'page.survey',
    pictures: surveys.reduce((sum, { pictures }) => sum + pictures, 0),
    origins: [...new Set(surveys.flatMap(({ origins }) => origins))],
  };
}

function isSurvey(reply: PageReply): reply is PageSurvey {
  return reply !== null && 'type' in reply && reply.type === 'page.survey';
}
