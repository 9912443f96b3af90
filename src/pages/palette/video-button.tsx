import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { detach } from '../../core/detach';
import { askBackground } from '../../protocol/background-client';
import { PasticheError, type ErrorCode } from '../../protocol/errors';
import type { VideoStatus } from '../../protocol/messages';
import { errorSentence, t } from '../../words/i18n';
import { Message } from './message';
import type { TabState } from './use-tab';

interface VideoButtonProps {
  readonly tab: TabState;
}

/** Restyles the video of the tab, or stops that. Hidden if there is no video. */
export function VideoButton({ tab }: VideoButtonProps): JSX.Element | null {
  const [failure, setFailure] = useState<ErrorCode | null>(null);
  const running = tab.statuses.flatMap(({ videos }) => videos).find(isOn);
  if (!tab.hasVideo && !running) return null;
  const toggle = async (): Promise<void> => {
    setFailure(null);
    try {
      await askBackground({ type: 'background.toggle-video', tabId: tab.id });
    } catch (thrown) {
      setFailure(PasticheError.from(thrown).code);
    }
    tab.look();
  };
  return (
    <>
      <button type="button" class="button" onClick={() => detach(toggle())}>
        {t(running ? 'menu_video_stop' : 'menu_video')}
      </button>
      {running && <p class="hint video-state">{stateOf(running)}</p>}
      {failure && <Message text={errorSentence(failure)} onClose={() => setFailure(null)} />}
    </>
  );
}

function isOn({ state }: VideoStatus): boolean {
  return state !== 'failed' && state !== 'stopped';
}

function stateOf({ state, rate, width, height }: VideoStatus): string {
  if (state === 'playing' && width > 0) {
    return t('popup_video_playing', Math.round(rate), `${width} × ${height}`);
  }
  return t(state === 'starting' || state === 'playing' ? 'page_working' : 'popup_video_still');
}
