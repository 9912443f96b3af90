/**
 * How the threads of a kernel network work together: by words at the beginning of the memory that
 * they share. One of them, thread 0, leads; the others sleep until it calls.
 */
import { CONTROL_BYTES, shareOf, type Kernels, type Plan, type Run } from './plan';

/** Words of the control block. */
const CALLS = 0;
const WIDTH = 1;
const HEIGHT = 2;
const ARRIVED = 3;
const TURN = 4;
const FAILED = 5;
const REGIONS = 6;
/** Of the picture; 0 where there is none. */
const PICTURE_WIDTH = 7;
const PICTURE_HEIGHT = 8;
const HAS_GRAIN = 9;
const GRAIN_X = 10;
const GRAIN_Y = 11;
/** The same number in a 32-bit float. */
const STRENGTH = 12;

/**
 * Looks at a word before a thread goes to sleep on it. The shares of a step differ by less than
 * it takes to wake up; but a thread that waits long must leave the processor to others.
 */
const SPINS = 2000;

/** Tells all threads on a memory that one of them can't go on: their run ends, and every later one. */
export function failThreads(memory: WebAssembly.Memory): void {
  const words = new Int32Array(memory.buffer, 0, CONTROL_BYTES / 4);
  Atomics.store(words, FAILED, 1);
  Atomics.add(words, TURN, 1);
  Atomics.notify(words, TURN);
}

export class ThreadPool {
  private readonly words: Int32Array;
  private readonly floats: Float32Array;

  /**
   * @param thread This one's number, 0 for the leader.
   * @param threads How many there are.
   */
  constructor(
    memory: WebAssembly.Memory,
    private readonly kernels: Kernels,
    readonly thread: number,
    private readonly threads: number,
  ) {
    this.words = new Int32Array(memory.buffer, 0, CONTROL_BYTES / 4);
    this.floats = new Float32Array(memory.buffer, 0, CONTROL_BYTES / 4);
  }

  /** The leader calls the others to a run. */
  call({ width, height, regions, picture }: Run): void {
    if (this.threads === 1) return;
    this.words[WIDTH] = width;
    this.words[HEIGHT] = height;
    this.words[REGIONS] = regions;
    this.words[PICTURE_WIDTH] = picture?.width ?? 0;
    this.words[PICTURE_HEIGHT] = picture?.height ?? 0;
    this.words[HAS_GRAIN] = Number(Boolean(picture?.grain));
    this.words[GRAIN_X] = picture?.grain?.x ?? 0;
    this.words[GRAIN_Y] = picture?.grain?.y ?? 0;
    this.floats[STRENGTH] = picture?.strength ?? 0;
    Atomics.add(this.words, CALLS, 1);
    Atomics.notify(this.words, CALLS);
  }

  /**
   * Waits for the leader's call.
   * @param answered Number of calls that were answered before.
   * @returns What the run is.
   */
  awaitCall(answered: number): Run {
    this.waitWhile(CALLS, answered);
    const word = (index: number): number => this.words[index]!;
    const grain = word(HAS_GRAIN) === 1 ? { x: word(GRAIN_X), y: word(GRAIN_Y) } : null;
    const picture = {
      width: word(PICTURE_WIDTH),
      height: word(PICTURE_HEIGHT),
      grain,
      strength: this.floats[STRENGTH]!,
    };
    return {
      width: word(WIDTH),
      height: word(HEIGHT),
      regions: word(REGIONS),
      picture: picture.width > 0 ? picture : null,
    };
  }

  /**
   * Does this thread's share of a run, in step with the others.
   * @param onStep Called after each step.
   * @throws {Error} if another thread has failed; whatever a kernel throws.
   */
  run({ steps }: Plan, onStep?: () => void): void {
    for (const { units, calls } of steps) {
      const [from, to] = shareOf(units, this.threads, this.thread);
      for (const [kernel, ...args] of calls(from, to, this.thread)) this.kernels[kernel](...args);
      this.meet();
      onStep?.();
    }
  }

  /** Waits until every thread has come here; throws if one has failed, and won't come. */
  private meet(): void {
    if (this.threads === 1) return;
    const turn = Atomics.load(this.words, TURN);
    this.throwIfFailed();
    if (Atomics.add(this.words, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(this.words, ARRIVED, 0);
      Atomics.add(this.words, TURN, 1);
      Atomics.notify(this.words, TURN);
    } else {
      this.waitWhile(TURN, turn);
      // A failure ends the wait too, and after the last step nobody would look again.
      this.throwIfFailed();
    }
  }

  private throwIfFailed(): void {
    if (Atomics.load(this.words, FAILED) !== 0) throw new Error('another thread has failed');
  }

  private waitWhile(word: number, value: number): void {
    for (let spins = 0; spins < SPINS; spins++) {
      if (Atomics.load(this.words, word) !== value) return;
    }
    while (Atomics.load(this.words, word) === value) Atomics.wait(this.words, word, value);
  }
}
