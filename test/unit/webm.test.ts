import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { element, elementsIn, ID, unsigned, unsignedIn, concat, text } from '../../src/media/ebml';
import { seekable, webmOf, type Block } from '../../src/media/webm';

const TRACK = { codec: 'V_VP8', width: 640, height: 360 };

function block(time: number, isKey: boolean, data: number[] = [1, 2, 3]): Block {
  return { track: 1, time, isKey, data: Uint8Array.from(data) };
}

/** The contents of the first element with each id, on the path from the file's outermost level. */
function find(file: Uint8Array, ...path: number[]): { start: number; end: number; id: number }[] {
  let level = [{ id: 0, start: 0, end: file.length, isOpen: false }];
  for (const id of path) {
    level = level.flatMap(({ start, end }) =>
      [...elementsIn(file, start, end)].filter((found) => found.id === id),
    );
  }
  return level;
}

describe('webmOf', () => {
  const file = webmOf(TRACK, [block(0, true), block(40, false), block(1000, true)], 1040);

  it('writes a duration', () => {
    const [duration] = find(file, ID.segment, ID.info, ID.duration);
    const view = new DataView(file.buffer, duration!.start, 8);
    expect(view.getFloat64(0)).toBe(1040);
  });

  it('begins a cluster at every key picture, and lists them where they are', () => {
    const [segment] = find(file, ID.segment);
    const clusters = find(file, ID.segment, ID.cluster);
    expect(clusters).toHaveLength(2);
    const positions = find(
      file,
      ID.segment,
      ID.cues,
      ID.cuePoint,
      ID.cueTrackPositions,
      ID.cueClusterPosition,
    ).map((found) => unsignedIn(file, { ...found, isOpen: false }));
    for (const position of positions) {
      const [cluster] = elementsIn(file, segment!.start + position, file.length);
      expect(cluster!.id).toBe(ID.cluster);
    }
    expect(positions).toHaveLength(2);
  });
});

describe('seekable', () => {
  /** As recorders write: sizes unknown, no duration. */
  function recorded(): Uint8Array {
    const open = (id: number): Uint8Array =>
      concat([
        element(id).slice(0, element(id).length - 8),
        Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255),
      ]);
    const simple = (relative: number, key: boolean): Uint8Array =>
      element(
        ID.simpleBlock,
        Uint8Array.of(129, relative >> 8, relative & 255, key ? 128 : 0, 9, 9),
      );
    const tracks = element(
      ID.tracks,
      element(
        ID.trackEntry,
        element(ID.trackNumber, unsigned(1)),
        element(ID.trackType, unsigned(1)),
        element(ID.codecId, text('V_VP8')),
      ),
    );
    return concat([
      element(ID.ebml),
      open(ID.segment),
      element(ID.info),
      tracks,
      open(ID.cluster),
      element(ID.timestamp, unsigned(500)),
      simple(0, true),
      simple(40, false),
      open(ID.cluster),
      element(ID.timestamp, unsigned(1500)),
      simple(0, true),
      simple(40, false),
    ]);
  }

  it('gives a recording its duration and its table of contents, from zero on', () => {
    const file = seekable(recorded());
    const [duration] = find(file, ID.segment, ID.info, ID.duration);
    expect(new DataView(file.buffer, duration!.start, 8).getFloat64(0)).toBeGreaterThan(1040);
    const times = find(file, ID.segment, ID.cues, ID.cuePoint, ID.cueTime).map((found) =>
      unsignedIn(file, { ...found, isOpen: false }),
    );
    expect(times).toEqual([0, 1000]);
    expect(find(file, ID.segment, ID.cluster, ID.simpleBlock)).toHaveLength(4);
  });

  it('leaves what is seekable already as good as it was', () => {
    const clip = readFileSync('test/site/clips/boats.webm');
    const file = seekable(clip);
    expect(find(file, ID.segment, ID.cluster, ID.simpleBlock)).toHaveLength(250);
    expect(find(file, ID.segment, ID.cluster)).toHaveLength(10);
  });

  it('refuses what is no WebM file', () => {
    expect(() => seekable(new Uint8Array([1, 2, 3]))).toThrow(RangeError);
  });
});
