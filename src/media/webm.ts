/**
 * Seekable WebM files: with a duration, a table of contents and clusters of known size. Pure.
 */
import {
  concat,
  element,
  elementsIn,
  float,
  ID,
  idBytes,
  text,
  unsigned,
  unsignedIn,
  type Bytes,
  type Found,
} from './ebml';

/** Times in a file are in milliseconds: nanoseconds per tick. */
const TICK = 1_000_000;

/** Maximum length of a cluster in milliseconds: blocks store their time in it in 16 bits. */
const MAX_CLUSTER = 30_000;

/** One encoded picture or piece of sound. */
export interface Block {
  readonly track: number;
  /** Milliseconds from the beginning. */
  readonly time: number;
  readonly isKey: boolean;
  readonly data: Uint8Array;
}

/** A video track as WebM describes it. */
export interface VideoTrack {
  /** `V_VP8` or `V_VP9`. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
}

/** A file with one silent video track, of number 1. */
export function webmOf(track: VideoTrack, blocks: readonly Block[], duration: number): Bytes {
  const entry = element(
    ID.trackEntry,
    element(ID.trackNumber, unsigned(1)),
    element(ID.trackUid, unsigned(1)),
    element(ID.trackType, unsigned(1)),
    element(ID.codecId, text(track.codec)),
    element(
      ID.video,
      element(ID.pixelWidth, unsigned(track.width)),
      element(ID.pixelHeight, unsigned(track.height)),
    ),
  );
  return assemble(element(ID.tracks, entry), blocks, duration, 1);
}

/**
 * Makes a recorder's file seekable: it has neither duration nor table of contents, because it was
 * written while it was recorded.
 * @throws {RangeError} if it isn't a WebM file with at least one block.
 */
export function seekable(recorded: Uint8Array): Bytes {
  const segment = [...elementsIn(recorded, 0, recorded.length)].find(({ id }) => id === ID.segment);
  if (!segment) throw new RangeError('not a WebM file: there is no segment');
  let tracks: Bytes | null = null;
  let videoTrack = 1;
  const blocks: Block[] = [];
  for (const child of childrenOf(recorded, segment)) {
    if (child.id === ID.tracks) {
      tracks = element(ID.tracks, recorded.slice(child.start, child.end));
      videoTrack = numberOfVideoTrack(recorded, child);
    } else if (child.id === ID.cluster) blocks.push(...blocksOf(recorded, child));
  }
  if (!tracks || blocks.length === 0) throw new RangeError('not a WebM file: nothing is in it');
  const first = Math.min(...[blocks[0]!.time]);
  const shifted = blocks.map((block) => ({ ...block, time: Math.max(0, block.time - first) }));
  const last = shifted.reduce((most, { time }) => Math.max(most, time), 0);
  return assemble(tracks, shifted, last + usualGap(shifted, videoTrack), videoTrack);
}

/** Clusters of unknown size end where the next one begins, which is a sibling. */
function* childrenOf(bytes: Uint8Array, segment: Found): Generator<Found> {
  let at = segment.start;
  while (at < segment.end) {
    const [child] = elementsIn(bytes, at, segment.end);
    if (!child) return;
    if (!child.isOpen) {
      yield child;
      at = child.end;
      continue;
    }
    let end = child.start;
    for (const inner of elementsIn(bytes, child.start, segment.end)) {
      if (inner.id === ID.cluster || inner.id === ID.cues) break;
      end = inner.end;
    }
    yield { ...child, end };
    at = end;
  }
}

function numberOfVideoTrack(bytes: Uint8Array, tracks: Found): number {
  for (const entry of elementsIn(bytes, tracks.start, tracks.end)) {
    const fields = [...elementsIn(bytes, entry.start, entry.end)];
    const type = fields.find(({ id }) => id === ID.trackType);
    const number = fields.find(({ id }) => id === ID.trackNumber);
    if (type && number && unsignedIn(bytes, type) === 1) return unsignedIn(bytes, number);
  }
  return 1;
}

function* blocksOf(bytes: Uint8Array, cluster: Found): Generator<Block> {
  let base = 0;
  for (const child of elementsIn(bytes, cluster.start, cluster.end)) {
    if (child.id === ID.timestamp) base = unsignedIn(bytes, child);
    else if (child.id === ID.simpleBlock) yield blockAt(bytes, child, base);
    else if (child.id === ID.blockGroup) {
      const inner = [...elementsIn(bytes, child.start, child.end)];
      const block = inner.find(({ id }) => id === ID.block);
      if (block) yield blockAt(bytes, block, base);
    }
  }
}

function blockAt(bytes: Uint8Array, { start, end }: Found, base: number): Block {
  // A track number, which is one byte below 128, a relative time, and flags.
  const relative = ((bytes[start + 1]! << 24) >> 16) | bytes[start + 2]!;
  return {
    track: bytes[start]! & 127,
    time: base + relative,
    isKey: (bytes[start + 3]! & 128) !== 0,
    data: bytes.subarray(start + 4, end),
  };
}

function usualGap(blocks: readonly Block[], videoTrack: number): number {
  const times = blocks.filter(({ track }) => track === videoTrack).map(({ time }) => time);
  return times.length > 1 ? (times.at(-1)! - times[0]!) / (times.length - 1) : 40;
}

function assemble(
  tracks: Bytes,
  blocks: readonly Block[],
  duration: number,
  videoTrack: number,
): Bytes {
  const header = element(
    ID.ebml,
    element(ID.ebmlVersion, unsigned(1)),
    element(ID.ebmlReadVersion, unsigned(1)),
    element(ID.ebmlMaxIdLength, unsigned(4)),
    element(ID.ebmlMaxSizeLength, unsigned(8)),
    element(ID.docType, text('webm')),
    element(ID.docTypeVersion, unsigned(4)),
    element(ID.docTypeReadVersion, unsigned(2)),
  );
  const info = element(
    ID.info,
    element(ID.timestampScale, unsigned(TICK)),
    element(ID.duration, float(duration)),
    element(ID.muxingApp, text('Pastiche')),
    element(ID.writingApp, text('Pastiche')),
  );
  const clusters = clustersOf(blocks, videoTrack);
  // Every number takes eight bytes, so a table's size doesn't depend on its values.
  const seekSize = seekHead(0, 0, 0).length;
  const cuesSize = cues(
    clusters.map(() => ({ time: 0, position: 0 })),
    videoTrack,
  ).length;
  const tracksAt = seekSize + info.length;
  const cuesAt = tracksAt + tracks.length;
  let position = cuesAt + cuesSize;
  const places = clusters.map(({ time, bytes }) => {
    const place = { time, position };
    position += bytes.length;
    return place;
  });
  const segment = element(
    ID.segment,
    seekHead(seekSize, tracksAt, cuesAt),
    info,
    tracks,
    cues(places, videoTrack),
    ...clusters.map(({ bytes }) => bytes),
  );
  return concat([header, segment]);
}

function clustersOf(
  blocks: readonly Block[],
  videoTrack: number,
): { time: number; bytes: Bytes }[] {
  const groups: Block[][] = [];
  for (const block of [...blocks].sort((a, b) => a.time - b.time)) {
    const group = groups.at(-1);
    // Players can start only at a key frame, so each begins a cluster.
    const begins = block.track === videoTrack && block.isKey;
    if (!group || begins || block.time - group[0]!.time > MAX_CLUSTER) groups.push([block]);
    else group.push(block);
  }
  return groups.map((group) => {
    const time = Math.round(group[0]!.time);
    const contents = group.map((block) =>
      element(ID.simpleBlock, blockHead(block, time), own(block)),
    );
    return { time, bytes: element(ID.cluster, element(ID.timestamp, unsigned(time)), ...contents) };
  });
}

function blockHead({ track, time, isKey }: Block, base: number): Bytes {
  const relative = Math.round(time) - base;
  return Uint8Array.of(128 | track, (relative >> 8) & 255, relative & 255, isKey ? 128 : 0);
}

function own({ data }: Block): Bytes {
  return data as Bytes;
}

function seekHead(info: number, tracks: number, cuesAt: number): Bytes {
  const entries: readonly [number, number][] = [
    [ID.info, info],
    [ID.tracks, tracks],
    [ID.cues, cuesAt],
  ];
  return element(
    ID.seekHead,
    ...entries.map(([id, position]) =>
      element(
        ID.seek,
        element(ID.seekId, idBytes(id)),
        element(ID.seekPosition, unsigned(position)),
      ),
    ),
  );
}

function cues(places: readonly { time: number; position: number }[], videoTrack: number): Bytes {
  return element(
    ID.cues,
    ...places.map(({ time, position }) =>
      element(
        ID.cuePoint,
        element(ID.cueTime, unsigned(time)),
        element(
          ID.cueTrackPositions,
          element(ID.cueTrack, unsigned(videoTrack)),
          element(ID.cueClusterPosition, unsigned(position)),
        ),
      ),
    ),
  );
}
