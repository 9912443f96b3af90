/**
 * Draws the pictures of the demo page: `node test/site/draw.mjs [NAME …]`. Each is a scene written
 * as SVG from a seeded random generator and rasterised by a headless browser to
 * `test/site/pictures/NAME.jpg`, so that the repository shows nobody's photographs.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';

const WIDTH = 800;
const HEIGHT = 600;
const JPEG_QUALITY = 84;
const FOLDER = path.join(path.dirname(fileURLToPath(import.meta.url)), 'pictures');

/** Filters that give flat shapes the surface of things. */
const COMMON_DEFS = `
  <filter id="grain" x="0" y="0" width="100%" height="100%">
    <feTurbulence type="fractalNoise" baseFrequency="0.8" numOctaves="2" seed="3"/>
    <feColorMatrix type="saturate" values="0"/>
  </filter>
  <filter id="clouds" x="0" y="0" width="100%" height="100%">
    <feTurbulence type="fractalNoise" baseFrequency="0.006 0.015" numOctaves="5" seed="8"/>
    <feColorMatrix values="0 0 0 0 1  0 0 0 0 0.97  0 0 0 0 0.93  0 0 0 5 -2.5"/>
  </filter>
  <filter id="rock" x="0" y="0" width="100%" height="100%">
    <feTurbulence type="fractalNoise" baseFrequency="0.02 0.03" numOctaves="6" seed="21" result="n"/>
    <feDiffuseLighting in="n" surfaceScale="9" lighting-color="#fff" result="light">
      <feDistantLight azimuth="215" elevation="38"/>
    </feDiffuseLighting>
    <feComposite in="light" in2="SourceGraphic" operator="arithmetic" k1="1.25" result="lit"/>
    <feComposite in="lit" in2="SourceGraphic" operator="in"/>
  </filter>
  <filter id="plaster" x="0" y="0" width="100%" height="100%">
    <feTurbulence type="fractalNoise" baseFrequency="0.05 0.04" numOctaves="4" seed="5" result="n"/>
    <feDiffuseLighting in="n" surfaceScale="2" lighting-color="#fff" result="light">
      <feDistantLight azimuth="225" elevation="55"/>
    </feDiffuseLighting>
    <feComposite in="light" in2="SourceGraphic" operator="arithmetic" k1="1.15" result="lit"/>
    <feComposite in="lit" in2="SourceGraphic" operator="in"/>
  </filter>
  <filter id="ripple" x="-5%" y="-5%" width="110%" height="110%">
    <feTurbulence type="turbulence" baseFrequency="0.008 0.09" numOctaves="3" seed="4" result="n"/>
    <feDisplacementMap in="SourceGraphic" in2="n" scale="26" xChannelSelector="R"
      yChannelSelector="G"/>
  </filter>
  <filter id="ragged"><feTurbulence type="fractalNoise" baseFrequency="0.05" numOctaves="3"
      result="n"/><feDisplacementMap in="SourceGraphic" in2="n" scale="10"/></filter>
  <filter id="soft"><feGaussianBlur stdDeviation="2"/></filter>
  <filter id="blur"><feGaussianBlur stdDeviation="9"/></filter>
  <filter id="glow" x="-100%" y="-100%" width="300%" height="300%">
    <feGaussianBlur stdDeviation="24"/></filter>`;

/** @type {Readonly<Record<string, () => string>>} SVG by name. */
const SCENES = {
  'mountain-lake': mountainLake,
  harbour,
  'still-life': stillLife,
  portrait,
  'city-at-night': cityAtNight,
  orchard,
};

await draw(process.argv.length > 2 ? process.argv.slice(2) : Object.keys(SCENES));

/** @param {readonly string[]} names */
async function draw(names) {
  const isRoot = process.getuid?.() === 0;
  const browser = await puppeteer.launch({
    executablePath: await findBrowser(),
    args: ['--disable-gpu', ...(isRoot ? ['--no-sandbox'] : [])],
    defaultViewport: { width: WIDTH, height: HEIGHT },
  });
  const page = await browser.newPage();
  for (const name of names) {
    const scene = SCENES[name];
    if (!scene) throw new Error(`There is no scene ${name}; there are ${Object.keys(SCENES)}.`);
    await page.setContent(
      `<style>body { margin: 0 } svg { display: block }</style>
       <svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"
         viewBox="0 0 ${WIDTH} ${HEIGHT}"><defs>${COMMON_DEFS}</defs>${scene()}
         <rect width="100%" height="100%" filter="url(#grain)" opacity="0.1"/></svg>`,
    );
    const file = path.join(FOLDER, `${name}.jpg`);
    await page.screenshot({ path: `${FOLDER}/${name}.jpg`, type: 'jpeg', quality: JPEG_QUALITY });
    console.log(file);
  }
  await browser.close();
}

/**
 * A generator of numbers in [0, 1) (mulberry32), so that every run draws the same.
 * @param {number} seed
 * @returns {{ next: () => number, between: (low: number, high: number) => number,
 *   pick: <T>(items: readonly T[]) => T }}
 */
function randomFrom(seed) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    pick: (items) => /** @type {any} */ (items[Math.floor(next() * items.length)]),
  };
}

/**
 * @param {number} count
 * @param {(index: number) => string} make
 */
function times(count, make) {
  return Array.from({ length: count }, (_, index) => make(index)).join('');
}

/** @param {number} value */
function px(value) {
  return value.toFixed(1);
}

/**
 * A vertical gradient by offset.
 * @param {string} id
 * @param {Readonly<Record<string, string>>} stops
 */
function vertical(id, stops) {
  return `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1">${stopsOf(stops)}</linearGradient>`;
}

/**
 * A ball's gradient, lit from the upper left.
 * @param {string} id
 * @param {Readonly<Record<string, string>>} stops
 */
function ball(id, stops) {
  return `<radialGradient id="${id}" cx="0.36" cy="0.3" r="0.78">${stopsOf(stops)}</radialGradient>`;
}

/** @param {Readonly<Record<string, string>>} stops */
function stopsOf(stops) {
  return Object.entries(stops)
    .map(([offset, colour]) => `<stop offset="${offset}" stop-color="${colour}"/>`)
    .join('');
}

/**
 * A ridge by midpoint displacement, closed at the bottom of the picture.
 * @param {ReturnType<typeof randomFrom>} random
 * @param {{ base: number, rise: number, roughness: number }} shape `base` and `rise` in pixels.
 */
function ridge(random, { base, rise, roughness }) {
  let heights = [random.between(0, 1), random.between(0.3, 1), random.between(0, 1)];
  let amplitude = 0.55;
  while (heights.length < 400) {
    const finer = [];
    for (let i = 0; i + 1 < heights.length; i++) {
      const left = /** @type {number} */ (heights[i]);
      const right = /** @type {number} */ (heights[i + 1]);
      finer.push(left, (left + right) / 2 + random.between(-amplitude, amplitude));
    }
    finer.push(/** @type {number} */ (heights.at(-1)));
    heights = finer;
    amplitude *= roughness;
  }
  const step = WIDTH / (heights.length - 1);
  const points = heights.map((height, i) => `${px(i * step)},${px(base - rise * height)}`);
  return `M0,${HEIGHT} L${points.join(' L')} L${WIDTH},${HEIGHT} Z`;
}

/**
 * The drawing for a mirror image: upside down, the light of surface filters comes from below and
 * leaves everything black.
 * @param {string} svg
 */
function unlit(svg) {
  return svg.replaceAll(/ filter="url\(#(?:rock|plaster)\)"/g, '');
}

/** @returns {string} */
function mountainLake() {
  const random = randomFrom(11);
  const shore = 400;
  const ranges = [
    { base: 330, rise: 190, roughness: 0.52, fill: '#8d9cba' },
    { base: 370, rise: 170, roughness: 0.54, fill: '#6d7a92' },
    { base: 395, rise: 95, roughness: 0.5, fill: '#4e6152' },
  ].map(
    ({ fill, ...shape }) =>
      `<path d="${ridge(random, shape)}" fill="${fill}" filter="url(#rock)"/>`,
  );
  const firs = (
    /** @type {number} */ count,
    /** @type {number} */ base,
    /** @type {number} */ size,
  ) =>
    times(count, () => {
      const x = random.between(-10, WIDTH + 10);
      const height = size * random.between(0.6, 1.3);
      const foot = base + random.between(-6, 6);
      const green = `hsl(${random.between(95, 150)} ${random.between(22, 38)}% ${random.between(10, 23)}%)`;
      return times(5, (layer) => {
        const top = foot - height + (layer * height) / 6;
        const half = (height * (0.08 + 0.045 * layer)) / 1.3;
        const bottom = top + height * 0.3;
        return `<path d="M${px(x)},${px(top)} L${px(x + half)},${px(bottom)} L${px(x)},${px(bottom - 5)} L${px(x - half)},${px(bottom)} Z" fill="${green}"/>`;
      });
    });
  const land = `<rect width="${WIDTH}" height="${shore}" fill="url(#sky)"/>
    <circle cx="610" cy="120" r="70" fill="#ffe9b0" filter="url(#glow)"/>
    <circle cx="610" cy="120" r="26" fill="#fff6d8"/>
    <rect width="${WIDTH}" height="280" filter="url(#clouds)" opacity="0.75"/>
    ${ranges.join('')}
    <path d="M0,${shore} Q200,372 420,${shore - 8} T800,${shore - 14} V${shore} Z" fill="#5a6b3c"/>
    ${firs(110, shore - 4, 46)}`;
  const grass = times(900, () => {
    const x = random.between(-10, WIDTH);
    const y = HEIGHT - 120 * random.next() ** 1.6 * (0.35 + Math.abs(x - 400) / 560);
    const bend = random.between(-12, 12);
    const hue = random.between(48, 105);
    return `<path d="M${px(x)},${px(y)} q${px(bend / 3)},-14 ${px(bend)},-${px(random.between(14, 34))}" stroke="hsl(${hue} 42% ${random.between(18, 46)}%)" stroke-width="1.6" fill="none"/>`;
  });
  const flowers = times(120, () => {
    const x = random.between(0, WIDTH);
    const y = HEIGHT - 80 * random.next();
    return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(random.between(1.5, 4))}" fill="${random.pick(['#e8d44f', '#d8567a', '#f3efe2', '#8d6fc4'])}"/>`;
  });
  return `<defs>${vertical('sky', { 0: '#3f7fc0', 0.55: '#a9cce3', 1: '#f6dcae' })}
      ${vertical('depth', { 0: '#21425a00', 1: '#123048' })}
      <clipPath id="lake"><rect y="${shore}" width="${WIDTH}" height="${HEIGHT - shore}"/></clipPath>
      <g id="land">${land}</g><g id="mirrored">${unlit(land)}</g></defs>
    <use href="#land"/>
    <g clip-path="url(#lake)"><g filter="url(#ripple)">
      <use href="#mirrored" transform="translate(0 ${2 * shore}) scale(1 -1)"/></g>
      <rect y="${shore}" width="${WIDTH}" height="${HEIGHT - shore}" fill="url(#depth)" opacity="0.75"/>
    </g>
    <path d="M0,600 V505 Q120,520 210,560 T420,592 T640,560 T800,500 V600 Z" fill="#39451f" filter="url(#rock)"/>
    ${grass}${flowers}`;
}

/** @returns {string} */
function harbour() {
  const random = randomFrom(29);
  const quay = 330;
  const walls = ['#d9a35c', '#c8664a', '#e6d3a8', '#7f9fb0', '#b9868f', '#dcb87c', '#8fa27c'];
  let x = -20;
  let houses = '';
  while (x < WIDTH) {
    const width = random.between(62, 100);
    const height = random.between(110, 190);
    const top = quay - height;
    const wall = random.pick(walls);
    houses += `<path d="M${px(x - 4)},${px(top + 3)} L${px(x + width / 2)},${px(top - random.between(26, 48))} L${px(x + width + 4)},${px(top + 3)} Z" fill="${random.pick(['#7b3b2c', '#8a4a34', '#5d4a46'])}" filter="url(#plaster)"/>
      <rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" fill="${wall}" filter="url(#plaster)"/>
      <rect x="${px(x + width - 9)}" y="${px(top)}" width="9" height="${px(height)}" fill="#0003"/>`;
    const columns = Math.floor(width / 26);
    for (let row = 0; top + 18 + row * 36 < quay - 34; row++) {
      for (let column = 0; column < columns; column++) {
        const left = x + 10 + column * ((width - 16) / columns);
        houses += `<g transform="translate(${px(left)} ${px(top + 14 + row * 36)})">
          <rect x="-3" width="4" height="22" fill="${random.pick(['#2f5d50', '#54443c', '#3d5878'])}"/>
          <rect x="13" width="4" height="22" fill="#3b4d46"/>
          <rect width="14" height="22" fill="${random.next() < 0.3 ? '#ffdf8a' : '#2b3a48'}"/>
          <path d="M7,0 V22 M0,11 H14" stroke="#f2ead8" stroke-width="1.4"/>
          <rect x="-2" y="22" width="18" height="3" fill="#efe6d2"/></g>`;
      }
    }
    houses += `<rect x="${px(x + width / 2 - 9)}" y="${quay - 30}" width="18" height="30" fill="#4a2f25"/>`;
    x += width;
  }
  const people = times(22, () => {
    const at = random.between(10, WIDTH - 10);
    const height = random.between(17, 23);
    return `<g transform="translate(${px(at)} ${quay + 10})"><ellipse cy="-${px(height)}" rx="3" ry="3.4" fill="#c99a78"/>
      <path d="M-4,-${px(height - 3)} h8 l2,${px(height - 3)} h-12 Z" fill="${random.pick(['#27384f', '#7a2f2a', '#d8cdb5', '#3d4f35'])}"/></g>`;
  });
  const boat = (
    /** @type {number} */ left,
    /** @type {number} */ water,
    /** @type {number} */ scale,
  ) => {
    const hull = random.pick(['#a8382e', '#22506e', '#e8e2d0', '#2f6b52']);
    return `<g transform="translate(${left} ${water}) scale(${scale})">
      <path d="M4,-20 L112,-176 M4,-20 L58,-176 M112,-16 L58,-176" stroke="#3a2c22" stroke-width="0.9" fill="none"/>
      <path d="M58,-22 V-180" stroke="#6d4a2c" stroke-width="4"/>
      <path d="M61,-168 Q104,-96 106,-34 L61,-32 Z" fill="${random.pick(['#efe4cb', '#c97b3d', '#e9c87f'])}" filter="url(#plaster)"/>
      <path d="M54,-160 Q34,-90 14,-34 L54,-32 Z" fill="#f4ecd8" filter="url(#plaster)"/>
      <path d="M-8,-24 Q55,-12 126,-28 Q116,4 96,8 H18 Q-2,2 -8,-24 Z" fill="${hull}"/>
      <path d="M-8,-24 Q55,-12 126,-28 l-1,6 Q55,-6 -6,-18 Z" fill="#f6eedb"/>
      <path d="M30,-20 h28 v-16 h-22 Z" fill="#d9b98a"/><circle cx="44" cy="-28" r="3.4" fill="#2b3a48"/>
      ${times(5, (i) => `<ellipse cx="${16 + i * 19}" cy="-4" rx="4" ry="5" fill="#d7d2c4" stroke="#3333" />`)}</g>`;
  };
  const boats = boat(40, 400, 1) + boat(560, 392, 0.85) + boat(300, 452, 1.35);
  const view = `<rect width="${WIDTH}" height="${quay + 30}" fill="url(#sky)"/>
    <rect width="${WIDTH}" height="240" filter="url(#clouds)" opacity="0.9"/>
    <path d="M0,215 Q140,150 300,196 T620,170 T800,200 V340 H0 Z" fill="#7f8f86" filter="url(#rock)"/>
    ${houses}<rect y="${quay}" width="${WIDTH}" height="36" fill="#8f8473" filter="url(#rock)"/>${people}`;
  const gulls = times(9, () => {
    const scale = random.between(0.6, 1.5);
    return `<path transform="translate(${px(random.between(60, 740))} ${px(random.between(30, 150))}) scale(${px(scale)})" d="M-9,-4 Q-4,-7 0,0 Q4,-7 9,-4" fill="none" stroke="#fbfaf5" stroke-width="2"/>`;
  });
  return `<defs>${vertical('sky', { 0: '#5f9bcb', 0.6: '#c9dfe6', 1: '#f4e3c4' })}
      ${vertical('sea', { 0: '#3d6f80', 1: '#173c4d' })}<g id="view">${view}</g><g id="boats">${boats}</g>
      <g id="mirrored-view">${unlit(view)}</g><g id="mirrored-boats">${unlit(boats)}</g>
      <clipPath id="water"><rect y="366" width="${WIDTH}" height="240"/></clipPath></defs>
    <use href="#view"/>
    <rect y="366" width="${WIDTH}" height="240" fill="url(#sea)"/>
    <g clip-path="url(#water)"><g filter="url(#ripple)" opacity="0.62">
      <use href="#mirrored-view" transform="translate(0 732) scale(1 -1)"/></g>
      <g filter="url(#ripple)" opacity="0.7"><use href="#mirrored-boats" transform="translate(0 838) scale(1 -1)"/></g></g>
    ${times(260, () => {
      const y = 372 + 225 * random.next();
      const length = random.between(6, 34);
      return `<path d="M${px(random.between(0, WIDTH))},${px(y)} q${px(length / 2)},${px(random.between(-3, 3))} ${px(length)},0" stroke="#e8f4f0" stroke-opacity="${px(random.between(0.1, 0.5))}" stroke-width="1.4" fill="none"/>`;
    })}<use href="#boats"/>${gulls}`;
}

/** @returns {string} */
function stillLife() {
  const random = randomFrom(7);
  const fruit = (
    /** @type {string} */ paint,
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {number} */ r,
  ) =>
    `<ellipse cx="${x + 12}" cy="${y + r * 0.86}" rx="${r * 1.15}" ry="${r * 0.3}" fill="#1a0e08" opacity="0.55" filter="url(#soft)"/>
     <circle cx="${x}" cy="${y}" r="${r}" fill="url(#${paint})"/>
     ${times(70, () => {
       const angle = random.between(0, 2 * Math.PI);
       const distance = r * Math.sqrt(random.next()) * 0.92;
       return `<circle cx="${px(x + distance * Math.cos(angle))}" cy="${px(y + distance * Math.sin(angle))}" r="${px(random.between(0.5, 1.3))}" fill="${random.pick(['#fff3', '#5a1a0a44', '#ffd96a55'])}"/>`;
     })}
     <ellipse cx="${x - r * 0.36}" cy="${y - r * 0.42}" rx="${r * 0.2}" ry="${r * 0.13}" fill="#fff" opacity="0.6" filter="url(#soft)"/>
     <path d="M${x},${y - r * 0.84} q4,-14 12,-19" stroke="#4a3118" stroke-width="4" fill="none"/>`;
  const grapes = times(46, (i) => {
    const row = Math.floor(Math.sqrt(i * 1.6));
    const x = 560 + random.between(-1, 1) * (74 - row * 7);
    const y = 400 + row * 15 + random.between(-7, 7);
    return `<circle cx="${px(x)}" cy="${px(y)}" r="15" fill="url(#grape)"/><circle cx="${px(x - 5)}" cy="${px(y - 5)}" r="2.6" fill="#fff" opacity="0.7"/>`;
  });
  const folds = times(26, (i) => {
    const x = i * 34 - 30;
    return `<path d="M${x},${px(470 + random.between(-10, 10))} q${px(random.between(-24, 24))},70 ${px(random.between(-14, 30))},140" stroke="${i % 2 ? '#fff8' : '#8a7a6a66'}" stroke-width="${px(random.between(5, 20))}" fill="none" filter="url(#soft)"/>`;
  });
  const pattern = times(60, (i) => {
    const x = (i % 15) * 56 + (Math.floor(i / 15) % 2) * 28;
    const y = 492 + Math.floor(i / 15) * 30;
    return `<path transform="translate(${x} ${y})" d="M0,-7 L4,0 L0,7 L-4,0 Z" fill="#2c5a8a" opacity="0.75"/>`;
  });
  return `<defs>${vertical('wall', { 0: '#4b3a2f', 1: '#8b6c4c' })}${vertical('cloth', { 0: '#efe6d6', 1: '#b7a78f' })}
      ${ball('apple', { 0: '#ffb56b', 0.35: '#d8321f', 0.8: '#8d1512', 1: '#4e0a0c' })}
      ${ball('lemon', { 0: '#fff6b0', 0.4: '#f1cf2e', 0.85: '#b98312', 1: '#6f4a0a' })}
      ${ball('pear', { 0: '#f3f2a6', 0.45: '#b5bb3c', 0.85: '#6f7d1f', 1: '#3c4812' })}
      ${ball('orange', { 0: '#ffdb9c', 0.4: '#ef8a1d', 0.85: '#b04c09', 1: '#6b2a05' })}
      ${ball('grape', { 0: '#a58ac9', 0.5: '#4c2d70', 1: '#1d0f33' })}
      ${ball('bowl', { 0: '#f5f7f8', 0.5: '#b9c6d2', 1: '#52677c' })}
      <linearGradient id="glass"><stop offset="0" stop-color="#0e2a1c"/><stop offset="0.25" stop-color="#4f8a5c"/>
        <stop offset="0.4" stop-color="#1d4a2e"/><stop offset="0.85" stop-color="#123322"/><stop offset="1" stop-color="#4f7a58"/></linearGradient>
      <linearGradient id="clay"><stop offset="0" stop-color="#5d2f1c"/><stop offset="0.35" stop-color="#d08a5a"/><stop offset="1" stop-color="#4a2314"/></linearGradient></defs>
    <rect width="${WIDTH}" height="480" fill="url(#wall)" filter="url(#plaster)"/>
    <path d="M0,0 H300 L110,480 H0 Z" fill="#ffe2ae" opacity="0.16" filter="url(#blur)"/>
    <path d="M0,440 Q400,405 800,446 V600 H0 Z" fill="url(#cloth)" filter="url(#plaster)"/>${folds}${pattern}
    <ellipse cx="190" cy="440" rx="80" ry="20" fill="#1a0e08" opacity="0.5" filter="url(#soft)"/>
    <path d="M130,430 C118,330 134,290 154,262 V168 q-4,-10 0,-18 h34 q4,8 0,18 V262 C208,290 224,330 212,430 Q170,446 130,430 Z" fill="url(#glass)"/>
    <path d="M128,330 q44,14 86,0 v64 q-42,14 -86,0 Z" fill="#e8dcbc"/>
    ${times(5, (i) => `<path d="M142,${348 + i * 9} h${px(random.between(30, 56))}" stroke="#6a5238" stroke-width="2.4"/>`)}
    <path d="M147,185 V300" stroke="#dff3df" stroke-width="4" opacity="0.55" filter="url(#soft)"/>
    <ellipse cx="640" cy="392" rx="96" ry="24" fill="#1a0e08" opacity="0.5" filter="url(#soft)"/>
    <path d="M590,210 h86 q-8,26 6,52 q62,50 34,124 q-80,34 -164,0 q-28,-74 34,-124 q14,-26 4,-52 Z" fill="url(#clay)" filter="url(#plaster)"/>
    <path d="M678,240 q70,-6 60,66 q-8,34 -36,36" stroke="#8f4f2e" stroke-width="14" fill="none"/>
    ${times(16, (i) => `<circle cx="${560 + i * 10.6}" cy="${px(322 + 9 * Math.sin(i))}" r="4" fill="#f0d9a8"/>`)}
    ${times(34, (i) => {
      const angle = -2.6 + i * 0.062;
      const length = random.between(70, 130);
      const [x, y] = [632 + length * Math.cos(angle), 206 + length * Math.sin(angle)];
      return `<path d="M632,214 Q${px(632 + (x - 632) * 0.3)},${px(y + 30)} ${px(x)},${px(y)}" stroke="#3f5a2c" stroke-width="2.4" fill="none"/>${times(6, (p) => `<ellipse transform="translate(${px(x)} ${px(y)}) rotate(${p * 60 + i * 9})" cx="8" rx="9" ry="4.4" fill="hsl(${random.pick([346, 18, 44, 265, 350])} 70% ${px(random.between(52, 78))}%)"/>`)}<circle cx="${px(x)}" cy="${px(y)}" r="4" fill="#f6cf4a"/>`;
    })}
    <ellipse cx="390" cy="474" rx="165" ry="26" fill="#1a0e08" opacity="0.55" filter="url(#soft)"/>
    ${fruit('orange', 330, 350, 48)}${fruit('apple', 420, 336, 54)}${fruit('pear', 470, 372, 42)}${fruit('lemon', 374, 384, 40)}
    <path d="M238,380 Q390,426 540,380 Q520,470 440,480 H340 Q258,470 238,380 Z" fill="url(#bowl)"/>
    <path d="M244,396 Q390,442 535,396" stroke="#28547f" stroke-width="6" fill="none"/>
    ${times(18, (i) => `<path transform="translate(${262 + i * 15.4} ${px(436 - ((i - 8.5) / 4) ** 2 * 2)})" d="M0,-8 L6,0 L0,8 L-6,0 Z" fill="#28547f"/>`)}
    ${grapes}${fruit('apple', 252, 500, 46)}${fruit('lemon', 160, 506, 36)}${fruit('orange', 690, 494, 44)}`;
}

/** @returns {string} */
function portrait() {
  const random = randomFrom(41);
  const wallpaper = times(88, (i) => {
    const x = (i % 11) * 78 + (Math.floor(i / 11) % 2) * 39;
    const y = Math.floor(i / 11) * 78 + 10;
    return `<g transform="translate(${x} ${y})" fill="#8fa58a" opacity="0.8">${times(6, (p) => `<ellipse transform="rotate(${p * 60})" cx="13" rx="11" ry="5"/>`)}<circle r="5" fill="#d6b56a"/><path d="M0,22 q12,12 0,32 q-12,-20 0,-32" /></g>`;
  });
  const hair = times(520, () => {
    const side = random.next() < 0.5 ? -1 : 1;
    const start = random.between(0, 96);
    const out = random.between(92, 152);
    const hue = random.between(14, 32);
    return `<path d="M${px(400 + side * start * 0.6)},${px(112 + start * 0.5)} C${px(400 + side * out)},${px(random.between(110, 180))} ${px(400 + side * (out + random.between(-22, 26)))},${px(random.between(280, 340))} ${px(400 + side * random.between(84, 150))},${px(random.between(400, 500))}" stroke="hsl(${px(hue)} ${px(random.between(35, 60))}% ${px(random.between(12, 38))}%)" stroke-width="${px(random.between(1.4, 4))}" fill="none" opacity="0.85"/>`;
  });
  const scarf = times(240, () => {
    const x = random.between(270, 530);
    const y = random.between(460, 580);
    return `<circle cx="${px(x)}" cy="${px(y)}" r="${px(random.between(3, 8))}" fill="${random.pick(['#e6b94a', '#d9523b', '#f3ead6', '#2d7d8a'])}" opacity="0.9"/>`;
  });
  const eye = (/** @type {number} */ x) => `<g transform="translate(${x} 262)">
      <path d="M-30,3 Q0,-22 30,3 Q0,17 -30,3 Z" fill="#f7efe6"/><circle r="11.5" cy="-1" fill="#3f6b5a"/>
      ${times(20, (i) => `<path d="M0,-1 L${px(11 * Math.cos(i * 0.314))},${px(-1 + 11 * Math.sin(i * 0.314))}" stroke="#7fae8f" stroke-width="0.8"/>`)}
      <circle r="5" cy="-1" fill="#12100e"/><circle cx="-4" cy="-5" r="2.4" fill="#fff"/>
      <path d="M-31,3 Q0,-25 31,3" stroke="#2e1a12" stroke-width="4" fill="none"/>
      <path d="M-36,-26 Q-4,-44 34,-24" stroke="#4a2a18" stroke-width="7" fill="none" filter="url(#soft)"/>
      <path d="M-26,15 Q0,26 26,14" stroke="#a8674e" stroke-width="2" fill="none" opacity="0.6"/></g>`;
  return `<defs>${vertical('room', { 0: '#5b7a6b', 1: '#31483f' })}
      <radialGradient id="skin" cx="0.38" cy="0.36" r="0.75"><stop offset="0" stop-color="#ffdfc2"/><stop offset="0.5" stop-color="#eab48f"/>
        <stop offset="0.85" stop-color="#bb7757"/><stop offset="1" stop-color="#7f4632"/></radialGradient>
      <linearGradient id="coat"><stop offset="0" stop-color="#8a2f3d"/><stop offset="0.5" stop-color="#5f1b2b"/><stop offset="1" stop-color="#2e0b16"/></linearGradient>
      ${vertical('hat', { 0: '#e7cf8e', 1: '#b08d45' })}
      <clipPath id="scarf-shape"><path d="M322,462 Q400,540 480,462 L528,500 Q404,630 274,500 Z"/></clipPath></defs>
    <rect width="${WIDTH}" height="${HEIGHT}" fill="url(#room)"/>${wallpaper}
    <rect width="${WIDTH}" height="${HEIGHT}" fill="#1c2a22" opacity="0.25" filter="url(#plaster)"/>
    <path d="M0,0 H260 L90,600 H0 Z" fill="#ffe8bd" opacity="0.28" filter="url(#blur)"/>
    <path d="M300,120 Q400,70 500,120 Q566,260 540,500 H262 Q236,260 300,120 Z" fill="#2c160d"/>${hair}
    <path d="M70,600 Q110,510 300,480 H500 Q690,510 730,600 Z" fill="url(#coat)" filter="url(#plaster)"/>
    <path d="M340,380 V490 Q400,550 462,490 V380 Z" fill="#c98a67"/>
    <path d="M344,420 Q402,468 458,412 V450 Q400,500 342,456 Z" fill="#7d452f" opacity="0.6" filter="url(#soft)"/>
    <path d="M298,240 Q296,120 400,116 Q506,120 502,240 Q500,330 458,384 Q400,438 344,384 Q300,330 298,240 Z" fill="url(#skin)"/>
    <path d="M470,180 Q500,300 440,400 Q500,340 502,240 Z" fill="#6b3524" opacity="0.4" filter="url(#blur)"/>
    <ellipse cx="336" cy="316" rx="30" ry="20" fill="#e2715c" opacity="0.4" filter="url(#blur)"/>
    <ellipse cx="466" cy="316" rx="28" ry="20" fill="#cf5a48" opacity="0.4" filter="url(#blur)"/>
    ${eye(352)}${eye(450)}
    <path d="M404,262 Q414,300 424,320 Q412,336 392,330" stroke="#a8644a" stroke-width="4" fill="none" filter="url(#soft)"/>
    <path d="M396,268 Q392,300 398,318" stroke="#fff1df" stroke-width="7" fill="none" opacity="0.5" filter="url(#soft)"/>
    <path d="M360,366 Q384,352 402,360 Q420,352 446,365 Q404,378 360,366 Z" fill="#b23a3e"/>
    <path d="M360,366 Q404,376 446,365 Q426,394 402,394 Q378,392 360,366 Z" fill="#cf5757"/>
    <path d="M384,382 Q402,388 420,381" stroke="#f5b5a8" stroke-width="3" fill="none" opacity="0.8"/>
    ${times(130, () => `<circle cx="${px(random.between(316, 486))}" cy="${px(random.between(288, 340))}" r="0.9" fill="#a8583c" opacity="0.45"/>`)}
    <g clip-path="url(#scarf-shape)"><rect width="${WIDTH}" height="${HEIGHT}" fill="#1f5b6b"/>${scarf}
      ${times(14, (i) => `<path d="M${230 + i * 26},520 q${px(random.between(-20, 20))},40 ${px(random.between(-10, 20))},90" stroke="#0b2a33" stroke-width="6" opacity="0.45" fill="none" filter="url(#soft)"/>`)}</g>
    <ellipse cx="400" cy="146" rx="214" ry="44" fill="#1d100a" opacity="0.45" filter="url(#soft)" transform="translate(4 16)"/>
    <path d="M286,134 Q296,18 400,14 Q506,18 516,134 Z" fill="url(#hat)" filter="url(#plaster)"/>
    <path d="M284,104 Q400,142 517,104 L518,136 Q400,170 284,136 Z" fill="#8a2f3d"/>
    <path d="M180,150 Q400,70 622,150 Q400,206 180,150 Z M286,134 Q400,166 516,134 Q400,118 286,134 Z" fill-rule="evenodd" fill="url(#hat)" filter="url(#plaster)"/>
    ${times(60, (i) => `<path d="M${px(200 + i * 6.8)},${px(150 - 22 * Math.sin((i / 60) * Math.PI))} l6,${px(18 * Math.sin((i / 60) * Math.PI))}" stroke="#8d6b2e" stroke-width="1.2" opacity="0.6"/>`)}
    ${times(3, (i) => `<g transform="translate(${470 + i * 22} ${112 - i * 9})">${times(7, (p) => `<ellipse transform="rotate(${p * 51})" cx="8" rx="9" ry="4.6" fill="${['#f1e3c8', '#e88fa0', '#f0c34e'][i]}"/>`)}<circle r="4" fill="#6a4a1a"/></g>`)}`;
}

/** @returns {string} */
function cityAtNight() {
  const random = randomFrom(53);
  const street = 430;
  const row = (
    /** @type {number} */ low,
    /** @type {number} */ high,
    /** @type {string} */ colour,
    /** @type {number} */ lit,
  ) => {
    let x = -20;
    let out = '';
    while (x < WIDTH) {
      const width = random.between(42, 96);
      const height = random.between(low, high);
      const top = street - height;
      out += `<rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(height)}" fill="${colour}"/>
        <rect x="${px(x + width - 6)}" y="${px(top)}" width="6" height="${px(height)}" fill="#0005"/>`;
      if (random.next() < 0.4) {
        out += `<path d="M${px(x + width / 2)},${px(top)} v-${px(random.between(16, 50))}" stroke="${colour}" stroke-width="3"/><circle cx="${px(x + width / 2)}" cy="${px(top - 30)}" r="2" fill="#ff5a4a"/>`;
      }
      for (let y = top + 8; y < street - 12; y += 12) {
        for (let column = x + 5; column < x + width - 10; column += 9) {
          if (random.next() > lit) continue;
          out += `<rect x="${px(column)}" y="${px(y)}" width="5" height="7" fill="${random.pick(['#ffd98a', '#ffc25a', '#fff0c4', '#9fd4ff', '#ff9f5a'])}" opacity="${px(random.between(0.5, 1))}"/>`;
        }
      }
      x += width + random.between(-2, 10);
    }
    return out;
  };
  const signs = times(12, (i) => {
    const hue = random.pick([340, 190, 45, 285, 130]);
    const [x, y] = [20 + i * 66 + random.between(-10, 10), random.between(300, 390)];
    const [width, height] = [random.between(12, 46), random.between(14, 40)];
    return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="3" fill="hsl(${hue} 90% 55%)" filter="url(#glow)"/>
      <rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="3" fill="hsl(${hue} 80% 26%)" stroke="hsl(${hue} 95% 70%)" stroke-width="2.4"/>
      <path d="M${px(x + 4)},${px(y + height / 2)} h${px(width - 8)}" stroke="hsl(${hue} 100% 86%)" stroke-width="3" stroke-dasharray="5 3"/>`;
  });
  const lamps = times(7, (i) => {
    const x = 40 + i * 124;
    return `<path d="M${x},${street + 12} V${street - 74} q0,-14 16,-14" stroke="#0c1018" stroke-width="4" fill="none"/>
      <circle cx="${x + 18}" cy="${street - 84}" r="22" fill="#ffcf7a" filter="url(#glow)"/><circle cx="${x + 18}" cy="${street - 84}" r="6" fill="#fff3d0"/>`;
  });
  const trails = times(26, (i) => {
    const y = street + 18 + i * 5.6;
    const colour = i % 3 === 0 ? '#ff3b2e' : '#ffe9b0';
    return `<path d="M${px(random.between(-80, 250))},${px(y)} C300,${px(y - 8)} 520,${px(y + 8)} ${px(random.between(560, 880))},${px(y + random.between(-6, 6))}" stroke="${colour}" stroke-width="${px(random.between(0.8, 2.6))}" opacity="${px(random.between(0.25, 0.8))}" fill="none"/>`;
  });
  const stars = times(
    150,
    () =>
      `<circle cx="${px(random.between(0, WIDTH))}" cy="${px(260 * random.next() ** 1.4)}" r="${px(random.between(0.4, 1.5))}" fill="#fff" opacity="${px(random.between(0.3, 1))}"/>`,
  );
  const view = `<rect width="${WIDTH}" height="${street + 14}" fill="url(#night)"/>${stars}
    <rect width="${WIDTH}" height="300" filter="url(#clouds)" opacity="0.22"/>
    <circle cx="170" cy="96" r="50" fill="#f7efcf" filter="url(#glow)" opacity="0.7"/>
    <circle cx="170" cy="96" r="38" fill="#f3ecd0" filter="url(#plaster)"/>
    ${row(160, 310, '#1f2a4d', 0.28)}${row(100, 240, '#182038', 0.42)}${row(56, 150, '#0f1526', 0.5)}${signs}${lamps}`;
  const walkers = times(16, () => {
    const x = random.between(10, 790);
    const size = random.between(0.9, 1.5);
    const canopy = random.pick(['#b3262e', '#20242e', '#2d6a8a', '#d8a23a']);
    return `<g transform="translate(${px(x)} ${px(street + random.between(16, 26))}) scale(${px(size)})"><path d="M-4,-22 h8 l2,22 h-12 Z" fill="#0a0d15"/><circle cy="-26" r="3.6" fill="#0a0d15"/><path d="M-15,-28 Q0,-48 15,-28 Z" fill="${canopy}"/></g>`;
  });
  return `<defs>${vertical('night', { 0: '#0a1130', 0.6: '#27306a', 1: '#a0577a' })}${vertical('wet', { 0: '#0b0f1c88', 1: '#05070ddd' })}
      <g id="view">${view}</g><clipPath id="ground"><rect y="${street + 8}" width="${WIDTH}" height="200"/></clipPath></defs>
    <use href="#view"/>
    <rect y="${street + 8}" width="${WIDTH}" height="200" fill="#0d1220"/>
    <g clip-path="url(#ground)"><g filter="url(#ripple)"><use href="#view" transform="translate(0 ${2 * street + 16}) scale(1 -1)"/></g>
      <rect y="${street + 8}" width="${WIDTH}" height="200" fill="url(#wet)"/></g>${trails}${walkers}`;
}

/** @returns {string} */
function orchard() {
  const random = randomFrom(71);
  const tree = (
    /** @type {number} */ x,
    /** @type {number} */ foot,
    /** @type {number} */ size,
  ) => {
    const branches = times(13, (i) => {
      const angle = -Math.PI / 2 + (i - 6) * 0.2;
      const length = size * random.between(0.4, 0.65);
      return `<path d="M${x},${px(foot - size * 0.36)} q${px(length * 0.2 * Math.cos(angle))},-${px(length * 0.4)} ${px(length * Math.cos(angle))},${px(length * Math.sin(angle))}" stroke="#4a3526" stroke-width="${px(size / 42)}" fill="none"/>`;
    });
    const leaves = times(Math.round(size * 5.4), () => {
      const angle = random.between(0, 2 * Math.PI);
      const distance = Math.sqrt(random.next());
      const lx = x + size * 0.52 * distance * Math.cos(angle);
      const ly = foot - size * 0.78 + size * 0.42 * distance * Math.sin(angle);
      const light = 58 - 28 * ((ly - foot + size * 1.2) / size) - 10 * ((lx - x) / size);
      const hue = random.next() < 0.12 ? 40 : random.between(72, 118);
      return `<ellipse transform="translate(${px(lx)} ${px(ly)}) rotate(${Math.round(random.between(0, 180))})" rx="${px(size * random.between(0.018, 0.034))}" ry="${px(size * 0.014)}" fill="hsl(${px(hue)} ${px(random.between(35, 60))}% ${px(light + random.between(-9, 9))}%)"/>`;
    });
    const apples = times(Math.round(size / 9), () => {
      const angle = random.between(0, 2 * Math.PI);
      const distance = Math.sqrt(random.next()) * 0.9;
      return `<circle cx="${px(x + size * 0.5 * distance * Math.cos(angle))}" cy="${px(foot - size * 0.76 + size * 0.4 * distance * Math.sin(angle))}" r="${px(size / 52)}" fill="url(#apple)"/>`;
    });
    return `<ellipse cx="${px(x + size * 0.16)}" cy="${px(foot)}" rx="${px(size * 0.55)}" ry="${px(size * 0.09)}" fill="#1c2a10" opacity="0.45" filter="url(#soft)"/>
      <path d="M${px(x - size / 20)},${px(foot)} Q${px(x - size / 34)},${px(foot - size * 0.3)} ${px(x - size / 26)},${px(foot - size * 0.5)} h${px(size / 13)} Q${px(x + size / 40)},${px(foot - size * 0.3)} ${px(x + size / 16)},${px(foot)} Z" fill="#5d4532" filter="url(#rock)"/>${branches}${leaves}${apples}`;
  };
  const rows = times(9, (i) => {
    const y = 330 + i * 34;
    return `<path d="M-20,${y} Q260,${px(y - 30 + random.between(-12, 12))} 480,${px(y - 6)} T820,${px(y - 20)} V620 H-20 Z" fill="hsl(${78 + i * 3} ${38 + i * 2}% ${52 - i * 3}%)" filter="url(#plaster)"/>`;
  });
  const flowers = times(900, () => {
    const y = 390 + 212 * random.next() ** 0.7;
    const near = (y - 380) / 220;
    return `<circle cx="${px(random.between(0, WIDTH))}" cy="${px(y)}" r="${px(0.8 + 3.2 * near * random.next())}" fill="${random.pick(['#d9342b', '#e6542f', '#f2e9d2', '#e9c53d', '#7a62c0'])}"/>`;
  });
  const grass = times(700, () => {
    const y = 430 + 180 * random.next();
    const height = (y - 380) / 8;
    return `<path d="M${px(random.between(0, WIDTH))},${px(y)} q${px(random.between(-4, 4))},-${px(height / 2)} ${px(random.between(-9, 9))},-${px(height)}" stroke="hsl(${px(random.between(62, 110))} 45% ${px(random.between(22, 52))}%)" stroke-width="1.3" fill="none"/>`;
  });
  return `<defs>${vertical('sky', { 0: '#4f93d2', 1: '#dcebf0' })}${ball('apple', { 0: '#ffb08a', 0.5: '#cf2a20', 1: '#6a0d10' })}</defs>
    <rect width="${WIDTH}" height="400" fill="url(#sky)"/><rect width="${WIDTH}" height="320" filter="url(#clouds)"/>
    <path d="${ridge(random, { base: 320, rise: 60, roughness: 0.42 })}" fill="#7c93a8" filter="url(#rock)"/>${rows}
    <g transform="translate(560 262)"><path d="M0,90 V20 h118 v70 Z" fill="#e9dcc2" filter="url(#plaster)"/><path d="M-14,24 L24,-30 H104 L134,24 Z" fill="#9a4b32" filter="url(#rock)"/>
      <rect x="82" y="-44" width="14" height="30" fill="#7d4435"/><rect x="46" y="48" width="22" height="42" fill="#4b5f46"/>
      ${[14, 84].map((x) => `<rect x="${x}" y="40" width="20" height="20" fill="#33475a" stroke="#fff" stroke-width="2"/><path d="M${x + 10},40 v20 M${x},50 h20" stroke="#fff" stroke-width="1.4"/>`).join('')}</g>
    <path d="M600,352 Q520,420 420,440 T180,610 H340 Q420,500 520,450 T634,352 Z" fill="#d8c193" filter="url(#plaster)"/>
    ${tree(470, 372, 90)}${tree(730, 390, 130)}${tree(360, 396, 120)}${grass}${flowers}${tree(150, 520, 330)}${tree(690, 560, 190)}`;
}
