/**
 * Draws the test clip: `node test/site/draw-clip.mjs`. Ten seconds of 640×360 at 25 frames a
 * second, drawn on a canvas and encoded by a headless browser, so that the repository holds
 * nobody's film. Written to `test/site/clips/boats.webm`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import * as esbuild from 'esbuild';
import puppeteer from 'puppeteer';

import { findBrowser } from '../../scripts/browser.mjs';

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const FOLDER = path.join(ROOT, 'test', 'site', 'clips');

const CLIP = { width: 640, height: 360, rate: 25, seconds: 10 };

const { outputFiles } = await esbuild.build({
  entryPoints: [path.join(ROOT, 'src', 'media', 'webm.ts')],
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'webm',
});

const browser = await puppeteer.launch({
  executablePath: await findBrowser(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  const page = await browser.newPage();
  // WebCodecs exist only in secure contexts, of which a blank page is none.
  await page.goto(`file://${path.join(ROOT, 'test', 'site', 'empty.html')}`);
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
  const base64 = await page.evaluate(encodeClip, CLIP);
  await mkdir(FOLDER, { recursive: true });
  const file = Buffer.from(base64, 'base64');
  await writeFile(path.join(FOLDER, 'boats.webm'), file);
  console.log(`boats.webm: ${(file.length / 1000).toFixed(0)} kB`);
} finally {
  await browser.close();
}

/**
 * Runs in the browser: a sea with waves, boats, a sun and clouds, which stand still for a while in every
 * fourth second, so that the clip has both movement and rest.
 * @param {typeof CLIP} clip
 * @returns {Promise<string>} The file in base64.
 */
async function encodeClip({ width, height, rate, seconds }) {
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));

  /** @param {number} t Seconds. */
  const draw = (t) => {
    const sky = context.createLinearGradient(0, 0, 0, 220);
    sky.addColorStop(0, '#3d6fb0');
    sky.addColorStop(1, '#f3d7a2');
    context.fillStyle = sky;
    context.fillRect(0, 0, width, 220);
    context.fillStyle = '#fff3c4';
    context.beginPath();
    context.arc(500, 90 + 6 * Math.sin(t / 3), 34, 0, 7);
    context.fill();
    context.fillStyle = 'rgb(255 255 255 / 75%)';
    for (let i = 0; i < 5; i++) {
      const x = ((i * 170 + 12 * t) % 820) - 90;
      for (let k = 0; k < 4; k++) {
        context.beginPath();
        context.ellipse(x + 26 * k, 50 + 22 * (i % 3) + 6 * (k % 2), 34, 16, 0, 0, 7);
        context.fill();
      }
    }
    context.fillStyle = '#4c5f4a';
    context.beginPath();
    context.moveTo(0, 220);
    for (let x = 0; x <= width; x += 20) {
      context.lineTo(x, 190 - 40 * Math.abs(Math.sin(x / 97)) - 14 * Math.sin(x / 31));
    }
    context.lineTo(width, 220);
    context.fill();
    for (let row = 0; row < 14; row++) {
      const y = 210 + row * 11;
      context.fillStyle = `hsl(${205 - row} 55% ${38 - row}%)`;
      context.beginPath();
      context.moveTo(0, height);
      for (let x = 0; x <= width; x += 8) {
        context.lineTo(
          x,
          y + (2 + row / 2) * Math.sin(x / (22 + 3 * row) + t * (1 + row / 6) + row),
        );
      }
      context.lineTo(width, height);
      context.fill();
    }
    for (const [index, { at, scale, sail, hull }] of boats.entries()) {
      const x = ((at + (14 + 9 * index) * t) % 800) - 80;
      const y = 236 + 34 * index + 4 * Math.sin(1.7 * t + index);
      context.save();
      context.translate(x, y);
      context.rotate(0.06 * Math.sin(1.3 * t + 2 * index));
      context.scale(scale, scale);
      context.fillStyle = hull;
      context.beginPath();
      context.moveTo(-46, 0);
      context.lineTo(52, 0);
      context.lineTo(34, 22);
      context.lineTo(-34, 22);
      context.fill();
      context.fillStyle = '#3a2a20';
      context.fillRect(-3, -92, 5, 92);
      context.fillStyle = sail;
      context.beginPath();
      context.moveTo(5, -90);
      context.quadraticCurveTo(48, -50, 46, -8);
      context.lineTo(5, -8);
      context.fill();
      context.fillStyle = '#f6efe2';
      context.beginPath();
      context.moveTo(-5, -80);
      context.quadraticCurveTo(-30, -40, -36, -8);
      context.lineTo(-5, -8);
      context.fill();
      context.restore();
    }
  };
  const boats = [
    { at: 90, scale: 0.7, sail: '#c9472f', hull: '#5a3a28' },
    { at: 380, scale: 1, sail: '#e2a02c', hull: '#243b53' },
    { at: 620, scale: 1.3, sail: '#3f7f5f', hull: '#7a2f2a' },
  ];

  /** @type {{ track: number, time: number, isKey: boolean, data: Uint8Array }[]} */
  const blocks = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      blocks.push({ track: 1, time: chunk.timestamp / 1000, isKey: chunk.type === 'key', data });
    },
    error: (error) => {
      throw error;
    },
  });
  encoder.configure({ codec: 'vp8', width, height, bitrate: 450_000, framerate: rate });
  for (let i = 0; i < rate * seconds; i++) {
    draw(i / rate);
    const frame = new VideoFrame(canvas, { timestamp: (1e6 * i) / rate, duration: 1e6 / rate });
    encoder.encode(frame, { keyFrame: i % rate === 0 });
    frame.close();
    while (encoder.encodeQueueSize > 4) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await encoder.flush();
  const { webmOf } = /** @type {any} */ (globalThis).webm;
  const file = /** @type {Uint8Array} */ (
    webmOf({ codec: 'V_VP8', width, height }, blocks, 1000 * seconds)
  );
  let binary = '';
  for (const byte of file) binary += String.fromCharCode(byte);
  return btoa(binary);
}
