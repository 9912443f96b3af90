import { normaliseMix, type StyleMix } from '../../../core/style/mix';

/**
 * A random mix that looks deliberate: one style dominates, one or two add a touch.
 * @param ids The styles to choose from, without repetition.
 * @param random Gives numbers in 0..1, as `Math.random` does.
 */
export function randomMix(ids: readonly string[], random: () => number = Math.random): StyleMix {
  const pool = [...ids];
  const draw = (): string[] => pool.splice(Math.floor(random() * pool.length), 1);
  const [lead] = draw();
  if (lead === undefined) return {};
  const notes = [...draw(), ...(random() < 0.4 ? draw() : [])];
  const leading = notes.length === 0 ? 1 : 0.5 + 0.3 * random();
  const entries = notes.map((id, i) => {
    // Of two touches the first is twice as strong as the second.
    const part = notes.length === 1 ? 1 : i === 0 ? 2 / 3 : 1 / 3;
    return [id, (1 - leading) * part] as const;
  });
  return normaliseMix({ [lead]: leading, ...Object.fromEntries(entries) });
}
