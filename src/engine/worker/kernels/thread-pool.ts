/**
 * Synchronises the threads of a kernel network by words at the beginning of their shared memory.
 * Thread 0 leads; the others sleep until it calls.
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
/** Width of the picture; 0 without one. */
const PICTURE_WIDTH = 7;
const PICTURE_HEIGHT = 8;
const HAS_GRAIN = 9;
const GRAIN_X = 10;
const GRAIN_Y = 11;
/** Stored as a 32-bit float. */
const STRENGTH = 12;

/**
 * Maximum number of reads of a word before a thread goes to sleep on it. Threads finish a step at
 * times that differ by less than a wake-up takes; but a long wait must free the processor.
 */
const SPINS = 2000;

/** Tells all threads on a memory that one of them has failed: this run ends, and every later one. */
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
   * @param thread This thread's number, 0 for the leader.
   * @param threads Number of threads.
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

  /** Called by the leader: starts a run in all threads. */
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
   * @param answered Number of calls answered before.
   * @returns The run.
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
   * @throws {Error} if another thread has failed, and on a kernel's error.
   */
  run({ steps }: Plan, onStep?: () => void): void {
    for (const { units, calls } of steps) {
      const [from, to] = shareOf(units, this.threads, this.thread);
      for (const [kernel, ...args] of calls(from, to, this.thread)) this.kernels[kernel](...args);
      this.barrier();
      onStep?.();
    }
  }

  /** A barrier; throws if a thread has failed, which would never reach it. */
  private barrier(): void {
    if (this.threads === 1) return;
    const turn = Atomics.load(this.words, TURN);
    this.throwIfFailed();
    if (Atomics.add(this.words, ARRIVED, 1) === this.threads - 1) {
      Atomics.store(this.words, ARRIVED, 0);
      Atomics.add(this.words, TURN, 1);
      Atomics.notify(this.words, TURN);
    } else {
      this.waitWhile(TURN, turn);
      // A failure ends the wait too, and after the last step there is no later check.
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
