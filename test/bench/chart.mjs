/** A chart of a frame's times: a bar for every case of a part, a colour for every stage. */
import { STAGES } from './frame-times.mjs';

/** @typedef {import('./report.mjs').PartResult} PartResult */

/** Pixels. */
const WIDTH = 760;
const LEFT = 164;
const RIGHT = 76;
const BAR = 26;
const ROW = 46;
const TOP = 44;

/** Colours that also differ in lightness, for people with colour blindness. */
const COLOURS = {
  grab: '#1d3557',
  transport: '#e76f51',
  queue: '#8d99ae',
  pre: '#2a9d8f',
  run: '#cbd5e1',
  post: '#80b918',
  draw: '#6d3fc0',
};

/**
 * SVG of the part's cases that have a figure for every stage they know; null where none has one.
 * @param {PartResult} result
 * @param {readonly string[]} cases
 */
export function frameChart({ figures }, cases) {
  /** @param {string} name @param {string} stage */
  const median = (name, stage) =>
    figures.find((figure) => figure.name === `${name}: ${stage}`)?.summary.median ?? 0;
  const rows = cases
    .map((name) => ({ name, times: STAGES.map((stage) => median(name, stage)) }))
    .filter(({ times }) => times.some((time) => time > 0));
  if (rows.length === 0) return null;
  const longest = Math.max(...rows.map(({ times }) => sumOf(times)));
  const scale = (WIDTH - LEFT - RIGHT) / longest;
  const height = TOP + rows.length * ROW;
  const bars = rows.flatMap(({ name, times }, row) => {
    const y = TOP + row * ROW;
    let x = LEFT;
    const parts = STAGES.map((stage, i) => {
      const width = (times[i] ?? 0) * scale;
      const bar =
        `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" ` +
        `fill="${COLOURS[stage]}"><title>${stage}: ${(times[i] ?? 0).toFixed(2)} ms</title></rect>`;
      x += width;
      return bar;
    });
    const middle = y + BAR / 2 + 4;
    return [
      `<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${name}</text>`,
      ...parts,
      `<text x="${(x + 6).toFixed(1)}" y="${middle}">${sumOf(times).toFixed(1)} ms</text>`,
    ];
  });
  const legend = STAGES.map((stage, i) => {
    const x = LEFT + i * 84;
    return (
      `<rect x="${x}" y="12" width="12" height="12" fill="${COLOURS[stage]}"/>` +
      `<text x="${x + 17}" y="22">${stage}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" ` +
      'font-family="system-ui, sans-serif" font-size="12" fill="#334">',
    '<title>Where the time of a frame goes</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...legend,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {readonly number[]} values */
function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
