import { useEffect } from 'preact/hooks';

/** Effects of keys anywhere on the palette except in text fields. */
export interface PaletteKeys {
  undo(): void;
  redo(): void;
  /** The number key `index + 1`, for 0..8. */
  favourite(index: number): void;
}

/** Ctrl+Z and the like, and the number keys. */
export function usePaletteKeys(keys: PaletteKeys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (isTextField(event.target) || event.altKey) return;
      const key = event.key.toLowerCase();
      if (!event.ctrlKey && !event.metaKey) {
        if (/^[1-9]$/.test(key)) keys.favourite(Number(key) - 1);
        return;
      }
      if (key === 'y' || (key === 'z' && event.shiftKey)) keys.redo();
      else if (key === 'z') keys.undo();
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  });
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'range';
}
