/**
 * `npm run bench`: measures in a real browser, and writes the table, docs/benchmarks.md and
 * docs/benchmarks.json.
 *
 *   --only NAME   one part; the others keep their earlier figures
 *   --rounds N    number of rounds, instead of each part's own; the table contains it
 *   --force       measure on a busy machine; the result says so
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { animation } from './animation.mjs';
import { frameChart } from './chart.mjs';
import { clips } from './clips.mjs';
import { asMarkdown, asText } from './report.mjs';
import { cost } from './cost.mjs';
import { firefox } from './firefox.mjs';
import { gpu } from './gpu.mjs';
import { layers } from './layers.mjs';
import { networks } from './networks.mjs';
import { palette } from './palette.mjs';
import { pipeline } from './pipeline.mjs';
import { restyle } from './restyle.mjs';
import { size } from './size.mjs';
import { soak } from './soak.mjs';
import { tiles } from './tiles.mjs';
import { summarise } from './statistics.mjs';
import { flicker, video, videoMemory, videoPaused } from './video.mjs';

/**
 * @typedef {object} Part
 * @property {string} title
 * @property {number} rounds Number of runs of each case, in turn with the others.
 * @property {readonly string[]} cases
 * @property {Readonly<Record<string, readonly [string, string]>>} ratios Two figures by name, each
 *   `CASE: FIGURE`.
 * @property {Readonly<Record<string, string>>} [units] By the end of a figure's name; default:
 *   milliseconds.
 * @property {string} [chart] File in docs for a chart of the times.
 * @property {() => Promise<Running>} start
 *
 * @typedef {object} Running
 * @property {string} version Of the browser.
 * @property {(name: string) => Promise<Readonly<Record<string, number>>>} run Runs a case once;
 *   gives its figures by name.
 * @property {() => Promise<void>} stop
 */

/** @type {Readonly<Record<string, Part>>} */
const PARTS = {
  restyle,
  cost,
  palette,
  networks,
  layers,
  pipeline,
  video,
  'video-memory': videoMemory,
  'video-paused': videoPaused,
  flicker,
  clips,
  soak,
  firefox,
  gpu,
  size,
  tiles,
  animation,
};

/** Maximum load: other work on the machine would be measured, too. */
const MAX_LOAD = 0.3;

/** Interval at which a falling load is checked, in milliseconds. */
const WAIT_MS = 15_000;

/** An idle machine's one-minute load falls to 0.78 of itself in that time; a busy one's does not. */
const MIN_FALL = 0.9;

const DOCS = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs');

const { values: args } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string' },
    force: { type: 'boolean', default: false },
  },
});

const names = args.only === undefined ? Object.keys(PARTS) : [args.only];
const load = args.force ? loadNow() : await restingLoad();
if (args.only !== undefined && !PARTS[args.only]) {
  fail(`There is no part "${args.only}". The parts are: ${Object.keys(PARTS).join(', ')}.`);
} else if (args.rounds !== undefined && !/^[1-9]\d?$/.test(args.rounds)) {
  fail(`--rounds takes a number from 1 to 99, not "${args.rounds}".`);
} else if (load > MAX_LOAD && !args.force) {
  fail(
    `The machine is busy: its load is ${load.toFixed(2)}, and figures are worth something only up ` +
      `to ${MAX_LOAD}. Wait, or pass --force to measure all the same.`,
  );
} else {
  await main();
}

function loadNow() {
  return os.loadavg()[0] ?? 0;
}

/**
 * Waits while the load falls, as it does after the preceding build; other work keeps it up.
 * @returns The load once it is low enough or has stopped falling.
 */
async function restingLoad() {
  let load = loadNow();
  if (load > MAX_LOAD) console.error(`Waiting for the load, ${load.toFixed(2)}, to go …`);
  while (load > MAX_LOAD) {
    await pause(WAIT_MS);
    const before = load;
    load = loadNow();
    if (load > before * MIN_FALL) break;
  }
  return load;
}

async function main() {
  const file = path.join(DOCS, 'benchmarks.json');
  const results = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'));
  for (const name of names) {
    results[name] = await measure(/** @type {Part} */ (PARTS[name]));
    console.log(`\n${asText(results[name])}`);
  }
  await mkdir(DOCS, { recursive: true });
  for (const [name, { cases, chart }] of Object.entries(PARTS)) {
    const drawn = chart && results[name] && frameChart(results[name], cases);
    if (!drawn) continue;
    results[name].chart = chart;
    await writeFile(path.join(DOCS, chart), drawn);
  }
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(path.join(DOCS, 'benchmarks.md'), asMarkdown(results));
}

/**
 * @param {Part} part
 * @returns {Promise<import('./report.mjs').PartResult>}
 */
async function measure(part) {
  console.error(`${part.title} …`);
  const running = await part.start();
  /** @type {Record<string, number>[]} */
  const rounds = [];
  try {
    const wanted = args.rounds === undefined ? part.rounds : Number(args.rounds);
    for (let i = 0; i < wanted; i++) {
      /** @type {Record<string, number>} */
      const round = {};
      for (const name of part.cases) {
        const figures = await running.run(name);
        // A long part that is interrupted has shown what it found until then.
        const found = Object.entries(figures).map(([key, value]) => `${key} ${value.toFixed(2)}`);
        console.error(`  ${i + 1}/${wanted} ${name}: ${found.join(', ')}`);
        for (const [figure, value] of Object.entries(figures)) {
          round[`${name}: ${figure}`] = value;
        }
      }
      rounds.push(round);
    }
  } finally {
    await running.stop();
  }
  return {
    title: part.title,
    circumstances: {
      date: new Date().toISOString(),
      machine: describeMachine(),
      browser: running.version,
      load,
      forced: load > MAX_LOAD,
    },
    ratios: Object.entries(part.ratios).map(([name, [over, under]]) => ({
      name,
      unit: '',
      summary: summarise(rounds.map((round) => Number(round[over]) / Number(round[under]))),
    })),
    figures: Object.keys(rounds[0] ?? {}).map((name) => ({
      name,
      unit: Object.entries(part.units ?? {}).find(([end]) => name.endsWith(end))?.[1] ?? 'ms',
      summary: summarise(rounds.map((round) => Number(round[name]))),
    })),
  };
}

function describeMachine() {
  const cores = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cores[0]?.model.trim()}, ${cores.length} cores, ${memory} GiB, ${os.type()}`;
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence);
  process.exitCode = 1;
}
