import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

import { ensureCommands } from '../../scripts/browser.mjs';

/** @typedef {import('puppeteer').Page} Page */

/** Pixels; a browser window that fills the screen needs no window manager. */
const WIDTH = 1280;
const HEIGHT = 900;

/** Milliseconds for a key press to take effect, where its effect can't be seen. */
const MENU_DELAY = 500;

/** Milliseconds for a menu to open on a busy machine. */
const MENU_TIMEOUT_MS = 20_000;

/** A screen without hardware (Xvfb), with a mouse and a keyboard that are real to browsers. */
export class VirtualDisplay {
  /** Arguments that make a browser's window fill the screen. */
  static windowArgs = ['--window-position=0,0', `--window-size=${WIDTH},${HEIGHT}`];

  /** @type {import('node:child_process').ChildProcess} */
  #server;

  /**
   * @private
   * @param {import('node:child_process').ChildProcess} server
   * @param {string} name The value of DISPLAY.
   */
  constructor(server, name) {
    this.#server = server;
    this.name = name;
  }

  /**
   * Starts a display on a free number.
   * @throws {Error} if Xvfb or xdotool is neither installed nor can be.
   */
  static async start() {
    ensureCommands({ Xvfb: 'xvfb', xdotool: 'xdotool' });
    const server = spawn(
      'Xvfb',
      ['-displayfd', '3', '-screen', '0', `${WIDTH}x${HEIGHT}x24`, '-nolisten', 'tcp'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
    );
    // Xvfb writes the number there as soon as it is ready.
    const numbers = /** @type {import('node:stream').Readable} */ (server.stdio[3]);
    const [number] = await once(numbers, 'data');
    return new VirtualDisplay(server, `:${String(number).trim()}`);
  }

  /**
   * Right-clicks the middle of an element and waits for the menu.
   * @param {Page} page
   * @param {string} selector
   */
  async rightClick(page, selector) {
    const { x, y } = await page.$eval(selector, (element) => {
      const box = element.getBoundingClientRect();
      const frame = (outerWidth - innerWidth) / 2;
      return {
        x: Math.round(screenX + frame + box.x + box.width / 2),
        y: Math.round(screenY + outerHeight - frame - innerHeight + box.y + box.height / 2),
      };
    });
    await this.#opening(() => this.#xdotool('mousemove', String(x), String(y), 'click', '3'));
  }

  /**
   * Presses keys one after the other, by their X names: `Up`, `Return`. `Right` opens a submenu.
   * @param {readonly string[]} keys
   */
  async press(...keys) {
    for (const key of keys) {
      const press = () => this.#xdotool('key', key);
      if (key === 'Right') await this.#opening(press);
      else {
        press();
        await menuDelay();
      }
    }
  }

  /**
   * Does what opens a menu, and waits for it: every menu is a window of its own.
   * @param {() => void} act
   * @throws {Error} if none opens.
   */
  async #opening(act) {
    const before = this.#windows();
    act();
    for (const deadline = performance.now() + MENU_TIMEOUT_MS; this.#windows() <= before;) {
      if (performance.now() > deadline) throw new Error('no menu opened');
      await pause(50);
    }
    await menuDelay();
  }

  /** How many windows can be seen. */
  #windows() {
    return this.#xdotool('search', '--onlyvisible', '--class', '.*').trim().split('\n').length;
  }

  /** Ends the display. Browsers on it have to be closed before. */
  async close() {
    const ended = once(this.#server, 'exit');
    this.#server.kill();
    await ended;
  }

  /** @param {readonly string[]} args */
  #xdotool(...args) {
    const env = { ...process.env, DISPLAY: this.name };
    return execFileSync('xdotool', args, { env, encoding: 'utf8' });
  }
}

function menuDelay() {
  return pause(MENU_DELAY);
}
