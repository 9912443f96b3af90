/**
 * Prints the times of docs/faults.md, from what the tests of faults have left in out/faults.jsonl:
 * how often each fault was tried, and the median and longest time until all was well.
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
