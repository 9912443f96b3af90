/**
 * Sites that are painted without being asked for: the browser injects the content script there, and
 * the script asks here what to do.
 */
import browser from 'webextension-polyfill';

import type { SiteWish } from '../protocol/messages';
import { readFavourites } from '../storage/favourites';
import { readSiteRule, readSiteRules, sitePatternOf } from '../storage/site-rules';
import { keepKnownStyles } from '../core/style/mix';
import { readShownStyles } from '../words/styles';
import { inject } from './pages';

const SCRIPT = 'site-rules';

let applying: Promise<void> = Promise.resolve();

/**
 * Has the browser inject the script on the sites that have a rule and access, and on no others.
 * The browser forgets its list when the extension is updated.
 */
export async function applySiteRules(): Promise<void> {
  // One at a time: each compares the browser's list with the wanted one.
  applying = applying.catch(() => undefined).then(apply);
  await applying;
}

async function apply(): Promise<void> {
  const wanted: string[] = [];
  for (const { site, paints } of await readSiteRules()) {
    const granted = paints !== 'off' && (await browser.permissions.contains({ origins: [site] }));
    if (granted) wanted.push(site);
  }
  const [registered] = await browser.scripting.getRegisteredContentScripts({ ids: [SCRIPT] });
  const before = registered?.matches ?? [];
  const script = {
    id: SCRIPT,
    js: ['content.js'],
    matches: wanted,
    allFrames: true,
    runAt: 'document_end',
  } as const;
  if (wanted.length === 0) {
    if (registered) await browser.scripting.unregisterContentScripts({ ids: [SCRIPT] });
    return;
  }
  if (registered) await browser.scripting.updateContentScripts([{ ...script, js: [...script.js] }]);
  else await browser.scripting.registerContentScripts([{ ...script, js: [...script.js] }]);
  const added = wanted.filter((site) => !before.includes(site));
  if (added.length > 0) await injectInto(added);
}

/** Injects the script into tabs that show such a site already. */
async function injectInto(sites: string[]): Promise<void> {
  const tabs = await browser.tabs.query({ url: sites });
  // A tab may be discarded, or show an error page.
  await Promise.all(
    tabs.map(({ id = -1 }) => inject({ tabId: id, frameId: 0 }).catch(() => undefined)),
  );
}

/** What the rule of an address's site paints; null if it has no rule, or no access. */
export async function siteWish(address: string | undefined): Promise<SiteWish | null> {
  const site = sitePatternOf(address);
  const rule = site === null ? null : await readSiteRule(site);
  if (!rule || rule.paints === 'off') return null;
  // The script may have been there before access was taken back.
  if (!(await browser.permissions.contains({ origins: [rule.site] }))) return null;
  const favourite = (await readFavourites()).find(({ id }) => id === rule.favourite);
  if (!favourite) return null;
  const styles = await readShownStyles();
  // An update, or the user, may have removed a style.
  const known = styles.map(({ id }) => id);
  return {
    mix: keepKnownStyles(favourite.mix, known),
    manner: favourite.manner,
    title: favourite.name,
    images: rule.paints !== 'videos',
    videos: rule.paints !== 'images',
  };
}
