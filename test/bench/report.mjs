/**
 * @typedef {import('./statistics.mjs').Summary} Summary
 *
 * @typedef {object} Row
 * @property {string} name What was measured.
 * @property {string} unit Empty for a ratio.
 * @property {Summary} summary
 *
 * @typedef {object} Circumstances Those of a part's measurement.
 * @property {string} date ISO 8601.
 * @property {string} machine
 * @property {string} browser
 * @property {number} load Of the machine, before, over a minute.
 * @property {boolean} forced Whether the load was too high.
 *
 * @typedef {object} PartResult
 * @property {string} title
 * @property {Circumstances} circumstances
 * @property {readonly Row[]} ratios Of medians of the same round, so that a slow moment cancels.
 * @property {readonly Row[]} figures
 * @property {string} [chart] File beside the report.
 */

/**
 * The rows of a part, ratios first, for a terminal.
 * @param {PartResult} result
 */
export function asText({ title, circumstances, ratios, figures }) {
  const cells = [...ratios, ...figures].map(({ name, unit, summary }) => [
    name,
    `${number(summary.median)}${unit && ` ${unit}`}`,
    `${number(summary.low)} – ${number(summary.high)}`,
    `${summary.runs} runs`,
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(0, ...cells.map((row) => String(row[column]).length)),
  );
  const lines = cells.map(([name = '', median = '', spread = '', runs = '']) =>
    [
      name.padEnd(widths[0] ?? 0),
      median.padStart(widths[1] ?? 0),
      spread.padStart(widths[2] ?? 0),
      runs,
    ].join('   '),
  );
  return [title, ...warningOf(circumstances), ...lines].join('\n');
}

/**
 * The text of `docs/benchmarks.md`.
 * @param {Readonly<Record<string, PartResult>>} results By part.
 */
export function asMarkdown(results) {
  const parts = Object.entries(results).flatMap(
    ([name, { title, circumstances, ratios, figures, chart }]) => [
      `## ${title}`,
      '',
      `\`npm run bench -- --only ${name}\`, ${circumstances.date.slice(0, 10)}. ${circumstances.machine}; ` +
        `${circumstances.browser}; load before: ${circumstances.load.toFixed(2)}.`,
      ...warningOf(circumstances).flatMap((warning) => ['', `**${warning}**`]),
      '',
      ...(chart ? [`![Where the time of a frame goes](${chart})`, ''] : []),
      '| | median | quartiles | runs |',
      '|---|--:|--:|--:|',
      ...[...ratios, ...figures].map(
        ({ name: row, unit, summary }) =>
          `| ${row} | ${number(summary.median)}${unit && ` ${unit}`} | ` +
          `${number(summary.low)} – ${number(summary.high)} | ${summary.runs} |`,
      ),
      '',
    ],
  );
  return [
    '# Benchmarks',
    '',
    'Written by `npm run bench`, which measures in a real browser with the real extension. Runs of',
    'the things that are compared are interleaved; ratios are taken within a round.',
    '',
    ...parts,
  ].join('\n');
}

/** @param {Circumstances} circumstances */
function warningOf({ forced, load }) {
  return forced
    ? [`Measured with --force at a load of ${load.toFixed(2)}: these figures count for nothing.`]
    : [];
}

/** @param {number} value */
function number(value) {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}
