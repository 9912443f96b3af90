/** The user's own styles for the engine; those without a vector for this network are encoded. */
import { changeOwnStyle, readOwnStyles } from '../../storage/own-styles';
import { needsEncoding, usableStyle } from '../../core/style/own-style';
import type { Style } from '../../core/style/style';
import { encodeBy, spawnEncoder } from './encode-style';

/**
 * Reads the own styles that a network of this style space can use. An image that can't be encoded
 * is left out; never rejects, since the named styles don't depend on it.
 */
export async function ownStyleVectors(styleSpace: string): Promise<Style[]> {
  let worker: Worker | null = null;
  const styles: Style[] = [];
  for (const own of await readOwnStyles().catch(() => [])) {
    let current = own;
    if (needsEncoding(own, styleSpace) && own.image) {
      try {
        worker ??= spawnEncoder();
        const vector = await encodeBy(worker, own.image);
        current = { ...own, vector, styleSpace };
        // Where it can't be kept, it is encoded again the next time. Another network paints otherwise.
        const changes = { vector, styleSpace, swatch: null };
        await changeOwnStyle(own.id, changes, true).catch(() => undefined);
      } catch {
        worker?.terminate();
        worker = null;
      }
    }
    const style = usableStyle(current, styleSpace);
    if (style) styles.push(style);
  }
  worker?.terminate();
  return styles;
}
