import { afterEach, expect, it, vi } from 'vitest';

import { Recorder } from '../../src/page/videos/recorder';

const SIZE = { width: 64, height: 48 };

/** Fakes the parts of a page that a recorder needs; `track` and `stream` are its canvas's capture. */
function stubPage(track: object, stream: object): void {
  const canvas = {
    getContext: () => ({ drawImage: vi.fn() }),
    captureStream: () => ({ getVideoTracks: () => [track], addTrack: vi.fn(), ...stream }),
  };
  vi.stubGlobal('document', { createElement: () => canvas });
  vi.stubGlobal('MediaStream', EventTarget);
  class FakeRecorder extends EventTarget {
    static readonly isTypeSupported = (): boolean => true;
    readonly start = vi.fn();
  }
  vi.stubGlobal('MediaRecorder', FakeRecorder);
}

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['its track, as everywhere', true],
  ['its stream, as in Firefox', false],
])('a recording asks for every frame of %s', (_, isOfTrack) => {
  const requestFrame = vi.fn();
  const frames = { requestFrame };
  stubPage(isOfTrack ? frames : {}, isOfTrack ? {} : frames);
  const recorder = new Recorder({ srcObject: null } as HTMLVideoElement, SIZE, vi.fn());
  recorder.add({} as HTMLCanvasElement, { x: 0, y: 0, width: 1, height: 1 });
  expect(requestFrame).toHaveBeenCalledOnce();
});
