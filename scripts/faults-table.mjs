/**
 * Prints the times for docs/faults.md from out/faults.jsonl, which the tests of faults write: for each
 * fault the number of runs, and the median and longest time of recovery.
 */
import { readFile } from 'node:fs/promises';

const lines = (await readFile('out/faults.jsonl', 'utf8')).trim().split('\n');
/** @type {Map<string, number[]>} */
const times = new Map();
for (const line of lines) {
  const { fault, milliseconds } = JSON.parse(line);
  times.set(fault, [...(times.get(fault) ?? []), milliseconds]);
}
for (const [fault, found] of times) {
  found.sort((a, b) => a - b);
  const median = found[Math.floor(found.length / 2)];
  console.log(`${fault} | ${found.length} | ${median} | ${found.at(-1)}`);
}
