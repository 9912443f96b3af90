/**
 * A vitest reporter for `test.mjs`: writes the numbers of a run as JSON into the file that the
 * environment names TOTALS, and names each test that passed only at its second try, so that a
 * retry hides nothing, and the slowest tests and files.
 */
import { writeFileSync } from 'node:fs';

/** How many of the slowest are named. */
const NAMED = 20;

/**
 * What is written.
 * @typedef {{ passed: number, failed: number, flaky: string[] }} Totals
 */

export default class TotalsReporter {
  /** @type {Totals} */
  #totals = { passed: 0, failed: 0, flaky: [] };
  /** @type {[name: string, milliseconds: number][]} */
  #tests = [];
  /** @type {[name: string, milliseconds: number][]} With their hooks, which launch browsers. */
  #files = [];

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const { state } = test.result();
    if (state === 'passed') this.#totals.passed += 1;
    if (state === 'failed') this.#totals.failed += 1;
    const name = `${test.module.relativeModuleId}: ${test.fullName}`;
    const { flaky = false, duration = 0 } = test.diagnostic() ?? {};
    if (flaky) this.#totals.flaky.push(name);
    this.#tests.push([name, duration]);
  }

  /** @param {import('vitest/node').TestModule} file */
  onTestModuleEnd(file) {
    this.#files.push([file.relativeModuleId, file.diagnostic().duration]);
  }

  onTestRunEnd() {
    const { flaky } = this.#totals;
    if (flaky.length > 0) {
      console.log(`\nPassed only at the second try (${flaky.length}):\n  ${flaky.join('\n  ')}`);
    }
    console.log(`\nThe slowest tests and files, in seconds:\n${slowest(this.#tests)}`);
    console.log(slowest(this.#files));
    writeFileSync(String(process.env['TOTALS']), JSON.stringify(this.#totals));
  }
}

/** @param {[name: string, milliseconds: number][]} durations */
function slowest(durations) {
  return durations
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMED)
    .map(([name, duration]) => `  ${(duration / 1000).toFixed(1).padStart(6)} ${name}`)
    .join('\n');
}
