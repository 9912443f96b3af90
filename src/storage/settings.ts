import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { detach } from '../core/detach';
import { FILE_TYPES, type FileType } from '../core/file-name';
import {
  DEFAULT_RENDER_OPTIONS,
  storedRenderOptions,
  type RenderOptions,
} from '../core/style/render-options';
import { storedMix, type StyleMix } from '../core/style/mix';
import { record } from '../core/schema';

/** The user's settings. In `storage.local`, under one key each. */
export interface Settings {
  /** The current mix, which the next restyle uses. */
  readonly mix: StyleMix;
  /** How the current mix is painted. */
  readonly manner: RenderOptions;
  /** Maximum size of a picture for the engine, in megapixels, on the Wasm provider. */
  readonly budget: number;
  readonly video: VideoSettings;
  /** Order of the styles in the palette. */
  readonly order: StyleOrder;
  /** File type of saved pastiches. */
  readonly saveType: FileType;
}

/** As in the package, own ones first; the most used first; by title. */
export const STYLE_ORDERS = ['catalogue', 'use', 'title'] as const;

export type StyleOrder = (typeof STYLE_ORDERS)[number];

/** How videos are restyled. */
export interface VideoSettings {
  /** Target number of styled frames per second. */
  readonly rate: number;
  /** Whether parts that don't move are kept from flickering. */
  readonly steady: boolean;
  /** Whether the edges of the video's own frame sharpen the painted one. */
  readonly sharp: boolean;
  /** Whether rate, latency and size are shown on the video. */
  readonly meter: boolean;
}

/** Range of the target rate, in styled frames per second. */
export const VIDEO_RATES = { least: 5, most: 60 } as const;

export const DEFAULT_SETTINGS: Settings = {
  mix: { 'starry-night': 1 },
  manner: DEFAULT_RENDER_OPTIONS,
  budget: 1.5,
  video: { rate: 24, steady: true, sharp: true, meter: false },
  order: 'catalogue',
  saveType: 'png',
};

const shownRate = v.pipe(v.number(), v.minValue(VIDEO_RATES.least), v.maxValue(VIDEO_RATES.most));

const { video } = DEFAULT_SETTINGS;

/** Missing or damaged values take their defaults. */
const storedSettings = v.object({
  mix: v.fallback(v.pipe(record, v.check(hasWeights), storedMix), DEFAULT_SETTINGS.mix),
  manner: storedRenderOptions,
  budget: v.fallback(v.pipe(v.number(), v.minValue(0.05), v.maxValue(16)), DEFAULT_SETTINGS.budget),
  video: v.fallback(
    v.pipe(
      record,
      v.transform(withSharp),
      v.object({
        rate: v.fallback(shownRate, video.rate),
        steady: v.fallback(v.boolean(), video.steady),
        sharp: v.fallback(v.boolean(), video.sharp),
        meter: v.fallback(v.boolean(), video.meter),
      }),
    ),
    video,
  ),
  order: v.fallback(v.picklist(STYLE_ORDERS), DEFAULT_SETTINGS.order),
  saveType: v.fallback(v.picklist(FILE_TYPES), DEFAULT_SETTINGS.saveType),
});

const KEYS = Object.keys(storedSettings.entries);

/** Version 0.1.0 stored a mode of sharpening: `never`, `gpu` or `always`. */
function withSharp(stored: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return stored['sharpness'] === 'never' ? { sharp: false, ...stored } : stored;
}

/** Whether any weight of a mix can be read; a later version's mix would come out empty. */
function hasWeights(stored: Readonly<Record<string, unknown>>): boolean {
  const weights = Object.values(stored);
  return weights.length === 0 || weights.some((weight) => typeof weight === 'number');
}

function settingsIn(stored: Readonly<Record<string, unknown>>): Settings {
  return v.parse(storedSettings, stored);
}

/** The settings; missing or damaged ones have their defaults. */
export async function readSettings(): Promise<Settings> {
  return settingsIn(await browser.storage.local.get(KEYS));
}

/** Changes some settings and leaves the others alone. Rejects if the storage is full. */
export async function writeSettings(changes: Partial<Settings>): Promise<void> {
  await browser.storage.local.set(changes);
}

/** Calls back with the settings whenever any context changes them; returns a function that stops it. */
export function observeSettings(callback: (settings: Settings) => void): () => void {
  // Values are taken from the changes: reading them later could give newer ones, or in another order.
  let known: Record<string, unknown> = {};
  let early: Changes[] | null = [];
  let stopped = false;
  const apply = (changes: Changes): void => {
    for (const [key, { newValue }] of Object.entries(changes)) known[key] = newValue;
    if (!stopped) callback(settingsIn(known));
  };
  const listener = (changes: Changes, area: string): void => {
    if (area !== 'local' || !KEYS.some((key) => key in changes)) return;
    if (early) early.push(changes);
    else apply(changes);
  };
  browser.storage.onChanged.addListener(listener);
  const start = async (): Promise<void> => {
    known = await browser.storage.local.get(KEYS);
    const missed = early ?? [];
    early = null;
    missed.forEach(apply);
  };
  detach(start());
  return () => {
    stopped = true;
    browser.storage.onChanged.removeListener(listener);
  };
}

type Changes = Readonly<Record<string, { readonly newValue?: unknown }>>;
