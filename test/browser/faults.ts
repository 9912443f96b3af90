/** Shared by the tests of faults: they record the time of recovery. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const FILE = 'out/faults.jsonl';

/** Records the time until a fault was overcome, for the table in docs/faults.md. */
export function recovered(fault: string, milliseconds: number): void {
  mkdirSync('out', { recursive: true });
  appendFileSync(FILE, `${JSON.stringify({ fault, milliseconds: Math.round(milliseconds) })}\n`);
}

/**
 * Polls until there is an answer.
 * @throws {Error} if there is none in time.
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined | null | false>,
  timeout = 20_000,
): Promise<T> {
  for (const deadline = performance.now() + timeout; ;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > deadline) throw new Error(`nothing in ${timeout} ms`);
    await pause(25);
  }
}
