import { PasticheError } from '../../protocol/errors';
import { modelMetadata } from './model-file';
import { checkPackaged } from './package-file';

/** A network's file. */
export interface LoadedModel {
  readonly file: Uint8Array<ArrayBuffer>;
  /** Twelve hex digits of the file's SHA-256. */
  readonly digest: string;
}

/**
 * Loads a network's file.
 * @throws {PasticheError} `model-missing` if it can't be read, is damaged, or belongs to another
 *   style space than `styleSpace`.
 */
export async function loadModel(url: string, styleSpace: string): Promise<LoadedModel> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const file = new Uint8Array(await response.arrayBuffer());
    const digest = await checkPackaged(url, file);
    const found = modelMetadata(file).get('style_space');
    if (found !== styleSpace) throw new Error(`it is of style space ${found}, not ${styleSpace}`);
    return { file, digest: digest.slice(0, 12) };
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new PasticheError('model-missing', `${url}: ${reason}`, { cause: thrown });
  }
}
