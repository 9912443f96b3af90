import browser from 'webextension-polyfill';

import { PasticheError } from '../protocol/errors';
import { parseStyleSet, type StyleSet } from '../core/style/style';

/** Path of the named styles in the package; pages preload it. */
const STYLES = 'models/styles.json';

/**
 * The named styles of the package.
 * @throws {PasticheError} `model-missing` if they can't be read.
 */
export async function readStyleSet(): Promise<StyleSet> {
  try {
    const response = await fetch(browser.runtime.getURL(STYLES));
    return parseStyleSet(await response.json());
  } catch (thrown) {
    throw PasticheError.from(thrown, 'model-missing');
  }
}

/** The address of a style's swatch, a small picture painted by the network. The file may be missing. */
export function swatchUrl(styleId: string): string {
  return browser.runtime.getURL(`models/swatches/${encodeURIComponent(styleId)}.jpg`);
}
