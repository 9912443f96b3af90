/** Sources of the live picture: a camera, or a tab whose video no page may read. */
import type { MessageKey } from '../../words/i18n';

/** Requested sides of a camera's picture, in pixels; more than is ever painted. */
const IDEAL = { width: 1280, height: 720 } as const;

export type Source = { readonly kind: 'camera' } | { readonly kind: 'tab'; readonly id: number };

/** Reasons for a missing picture; each has its message `camera_<problem>` in _locales. */
export type SourceProblem = 'denied' | 'missing' | 'busy' | 'no_capture' | 'no_permission';

export class SourceError extends Error {
  override readonly name = 'SourceError';

  constructor(
    readonly problem: SourceProblem,
    options?: ErrorOptions,
  ) {
    super(problem, options);
  }
}

/** The message for a problem. */
export function problemKey(problem: SourceProblem): MessageKey {
  return `camera_${problem}`;
}

/** Parses the page's query: `?tab=12`, of 31 bits; anything else is a camera. */
export function parseSource(search: string): Source {
  const id = new URLSearchParams(search).get('tab');
  return id !== null && /^\d{1,10}$/.test(id)
    ? { kind: 'tab', id: Number(id) }
    : { kind: 'camera' };
}

/**
 * Opens a camera, without sound. The browser asks the user.
 * @param deviceId The camera; null for the browser's default.
 * @throws {SourceError} `denied`, `missing` or `busy`.
 */
export async function openCamera(deviceId: string | null): Promise<MediaStream> {
  const video = {
    width: { ideal: IDEAL.width },
    height: { ideal: IDEAL.height },
    ...(deviceId !== null && { deviceId: { exact: deviceId } }),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (thrown) {
    const name = thrown instanceof DOMException ? thrown.name : '';
    const problem =
      name === 'NotAllowedError' ? 'denied' : name === 'NotReadableError' ? 'busy' : 'missing';
    throw new SourceError(problem, { cause: thrown });
  }
}

/** Cameras by id, with names once the user has allowed one. */
export async function listCameras(): Promise<{ readonly id: string; readonly name: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Chrome's constraints for captured tabs, older than the standard. */
interface TabConstraints {
  readonly mandatory: {
    readonly chromeMediaSource: 'tab';
    readonly chromeMediaSourceId: string;
  };
}

/**
 * Captures a tab with its sound. To be called first in a click's own handler: it may have to request
 * the permission.
 * @throws {SourceError} `no_permission`, or `no_capture` if the browser refuses: Pastiche must have
 *   been used on the tab, and it must not be captured already.
 */
export async function openTab(tabId: number): Promise<MediaStream> {
  const allowed = await chrome.permissions.request({ permissions: ['tabCapture'] });
  if (!allowed) throw new SourceError('no_permission');
  try {
    // Firefox has no such API, and its lint would complain of a call by its full name.
    const { tabCapture } = chrome;
    const id = await tabCapture.getMediaStreamId({ targetTabId: tabId });
    const tab: TabConstraints = {
      mandatory: { chromeMediaSource: 'tab', chromeMediaSourceId: id },
    };
    // The types know only the standard's constraints.
    const constraints = { audio: tab, video: tab } as unknown as MediaStreamConstraints;
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (thrown) {
    throw new SourceError('no_capture', { cause: thrown });
  }
}
