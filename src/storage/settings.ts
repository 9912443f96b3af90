import browser from 'webextension-polyfill';

import { FILE_TYPES, type FileType } from '../style/file-name';
import { parseManner, PLAIN_MANNER, type Manner } from '../style/manner';
import { normaliseMix, type StyleMix } from '../style/mix';

/** What the person has chosen. Kept in `storage.local` under one key each. */
export interface Settings {
  /** The current mix: what the next restyle uses. */
  readonly mix: StyleMix;
  /** How the current mix is painted. */
  readonly manner: Manner;
  /** The largest picture the engine is given, in megapixels, on the Wasm provider. */
  readonly budget: number;
  readonly video: VideoSettings;
  /** How the palette lists the styles. */
  readonly order: StyleOrder;
  /** What pastiches are saved as. */
  readonly saveType: FileType;
}

/** As they come with the extension, own ones first; the most used first; by title. */
export const STYLE_ORDERS = ['catalogue', 'use', 'title'] as const;

export type StyleOrder = (typeof STYLE_ORDERS)[number];

/** Never; where a real GPU does it; also where software has to, which is slow. */
export const SHARPNESSES = ['never', 'gpu', 'always'] as const;

/** How videos are restyled while they play. */
export interface VideoSettings {
  /** Styled frames per second that are to be reached. */
  readonly rate: number;
  /** Whether parts that don't move are kept from flickering. */
  readonly steady: boolean;
  /** Where the edges of the video's own frame sharpen the painted one. */
  readonly sharpness: (typeof SHARPNESSES)[number];
  /** Whether rate, latency and size are shown on the video. */
  readonly meter: boolean;
}

/** Styled frames per second that can be chosen. */
export const VIDEO_RATES = { least: 5, most: 60 } as const;

export const DEFAULT_SETTINGS: Settings = {
  mix: { 'starry-night': 1 },
  manner: PLAIN_MANNER,
  budget: 1.5,
  video: { rate: 24, steady: true, sharpness: 'gpu', meter: false },
  order: 'catalogue',
  saveType: 'png',
};

const READERS: { readonly [K in keyof Settings]: (stored: unknown) => Settings[K] | undefined } = {
  mix: (stored) => (isWeights(stored) ? normaliseMix(stored) : undefined),
  manner: (stored) => (stored === undefined ? undefined : parseManner(stored)),
  budget: (stored) =>
    typeof stored === 'number' && stored >= 0.05 && stored <= 16 ? stored : undefined,
  video: readVideo,
  order: (stored) => STYLE_ORDERS.find((known) => known === stored),
  saveType: (stored) => FILE_TYPES.find((known) => known === stored),
};

/** Whether there is anything of a mix in it; a later version's would come out as an empty mix. */
function isWeights(stored: unknown): stored is Record<string, number> {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return false;
  const weights = Object.values(stored);
  return weights.length === 0 || weights.some((weight) => typeof weight === 'number');
}

function readVideo(stored: unknown): VideoSettings {
  const fields = (stored ?? {}) as Partial<Record<keyof VideoSettings, unknown>>;
  const { rate, steady, sharpness, meter } = DEFAULT_SETTINGS.video;
  const flag = (value: unknown, usual: boolean): boolean =>
    typeof value === 'boolean' ? value : usual;
  const isRate =
    typeof fields.rate === 'number' &&
    fields.rate >= VIDEO_RATES.least &&
    fields.rate <= VIDEO_RATES.most;
  return {
    rate: isRate ? (fields.rate as number) : rate,
    steady: flag(fields.steady, steady),
    sharpness: SHARPNESSES.find((known) => known === fields.sharpness) ?? sharpness,
    meter: flag(fields.meter, meter),
  };
}

/** The settings; what is missing or damaged in the storage has its default. */
export async function readSettings(): Promise<Settings> {
  const stored = await browser.storage.local.get(Object.keys(READERS));
  return {
    mix: READERS.mix(stored['mix']) ?? DEFAULT_SETTINGS.mix,
    manner: READERS.manner(stored['manner']) ?? DEFAULT_SETTINGS.manner,
    budget: READERS.budget(stored['budget']) ?? DEFAULT_SETTINGS.budget,
    video: READERS.video(stored['video']) ?? DEFAULT_SETTINGS.video,
    order: READERS.order(stored['order']) ?? DEFAULT_SETTINGS.order,
    saveType: READERS.saveType(stored['saveType']) ?? DEFAULT_SETTINGS.saveType,
  };
}

/** Changes some settings and leaves the others alone. Rejects where the storage is full. */
export async function writeSettings(changes: Partial<Settings>): Promise<void> {
  await browser.storage.local.set(changes);
}

/** Calls back with the settings whenever any context changes them; returns how to stop. */
export function observeSettings(callback: (settings: Settings) => void): () => void {
  const listener = (changes: Record<string, unknown>, area: string): void => {
    if (area !== 'local' || !Object.keys(READERS).some((key) => key in changes)) return;
    void readSettings().then(callback);
  };
  browser.storage.onChanged.addListener(listener);
  return () => browser.storage.onChanged.removeListener(listener);
}
