/**
 * Rules of sites that are painted without being asked for. In `storage.local`, a key for each site:
 * windows that change different sites don't overwrite each other, and the sites that a user visits
 * are not sent to other machines.
 */
import * as v from 'valibot';
import browser from 'webextension-polyfill';

import { checked } from '../core/schema';

export const PAINTS = ['images', 'videos', 'both', 'off'] as const;

/** The media that a rule paints. */
export type Paints = (typeof PAINTS)[number];

export interface SiteRule {
  /** Match pattern of the site, such as `https://example.org/*`. */
  readonly site: string;
  /** Id of the favourite to paint with. */
  readonly favourite: string;
  readonly paints: Paints;
}

const PREFIX = 'site:';
const FORMAT = 1;

const record = v.object({
  format: v.literal(FORMAT),
  favourite: v.string(),
  paints: v.picklist(PAINTS),
});

/** Reads a stored record. Null if it is damaged or was written by a later version. */
export function parseSiteRule(site: string, stored: unknown): SiteRule | null {
  const read = isSitePattern(site) ? checked(record, stored) : null;
  return read && { site, favourite: read.favourite, paints: read.paints };
}

/** The match pattern of an address's site; null if it has none. */
export function sitePatternOf(address: string | undefined): string | null {
  if (!address || !/^https?:/.test(address) || !URL.canParse(address)) return null;
  const { protocol, hostname } = new URL(address);
  return `${protocol}//${hostname}/*`;
}

/** All rules, sorted by site. */
export async function readSiteRules(): Promise<SiteRule[]> {
  const stored = await browser.storage.local.get(null);
  return Object.entries(stored)
    .filter(([key]) => key.startsWith(PREFIX))
    .map(([key, value]) => parseSiteRule(key.slice(PREFIX.length), value))
    .filter((rule) => rule !== null)
    .sort((a, b) => (a.site < b.site ? -1 : 1));
}

export async function readSiteRule(site: string): Promise<SiteRule | null> {
  const key = PREFIX + site;
  return parseSiteRule(site, (await browser.storage.local.get(key))[key]);
}

/** Adds or replaces the rule of a site. Rejects if the storage is full. */
export async function writeSiteRule({ site, favourite, paints }: SiteRule): Promise<void> {
  await browser.storage.local.set({ [PREFIX + site]: { format: FORMAT, favourite, paints } });
}

export async function removeSiteRule(site: string): Promise<void> {
  await browser.storage.local.remove(PREFIX + site);
}

/** Calls back whenever any context changes a rule; returns a function that stops it. */
export function observeSiteRules(callback: () => void): () => void {
  const listener = (changes: Record<string, unknown>): void => {
    if (Object.keys(changes).some((key) => key.startsWith(PREFIX))) callback();
  };
  browser.storage.onChanged.addListener(listener);
  return () => browser.storage.onChanged.removeListener(listener);
}

function isSitePattern(text: string): boolean {
  return /^https?:\/\/[^/*]+\/\*$/.test(text);
}
