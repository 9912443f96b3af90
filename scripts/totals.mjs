/**
 * A vitest reporter for `test.mjs`: writes the numbers of a run as JSON into the file that the
 * environment names TOTALS, and names each test that passed only at its second try, so that a
 * retry hides nothing.
 */
import { writeFileSync } from 'node:fs';

/**
 * What is written.
 * @typedef {{ passed: number, failed: number, flaky: string[] }} Totals
 */

export default class TotalsReporter {
  /** @type {Totals} */
  #totals = { passed: 0, failed: 0, flaky: [] };

  /** @param {import('vitest/node').TestCase} test */
  onTestCaseResult(test) {
    const { state } = test.result();
    if (state === 'passed') this.#totals.passed += 1;
    if (state === 'failed') this.#totals.failed += 1;
    if (test.diagnostic()?.flaky) {
      this.#totals.flaky.push(`${test.module.relativeModuleId}: ${test.fullName}`);
    }
  }

  onTestRunEnd() {
    const { flaky } = this.#totals;
    if (flaky.length > 0) {
      console.log(`\nPassed only at the second try (${flaky.length}):\n  ${flaky.join('\n  ')}`);
    }
    writeFileSync(String(process.env['TOTALS']), JSON.stringify(this.#totals));
  }
}
