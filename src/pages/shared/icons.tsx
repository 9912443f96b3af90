/** The icons on buttons. They are decoration: the button has the name. */
import type { JSX } from 'preact';

const PATHS = {
  brush: 'M20 4c-5 2-9 6-11 10l2 2c4-2 8-7 9-12M8.5 15c-2.5 0-3 2.5-5 4.5 3.5 1 7 .5 7-2.5',
  eraser: 'M13 5l6 6-8 8H7l-3-3zM8.5 9.5l6 6M11 19h9',
  rectangle: 'M4 6h16v12H4z',
  ellipse: 'M12 5c4.5 0 8 3 8 7s-3.5 7-8 7-8-3-8-7 3.5-7 8-7',
  lasso:
    'M12 4c5 0 8.5 2.5 8.5 5.500S17 15 12 15s-8.5-2.5-8.5-5.500S7 4 12 4M8 14.500c2 1 2 4-1 5.5',
  gradient: 'M4 6h16v12H4zM8 6v12M11 6v12M13 6v12M14.5 6v12M15.7 6v12',
  object: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 8.500a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7',
  hand: 'M8 13V6.500a1.5 1.5 0 0 1 3 0V11 5a1.5 1.5 0 0 1 3 0v6-4a1.5 1.5 0 0 1 3 0v8c0 3-2 5-5 5s-4-1.5-7-6.500c0-1.5 2-1.5 3-.5',
  eye: 'M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6M12 9.500a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  hidden:
    'M4 4l16 16M9.5 6.300A9 9 0 0 1 12 6c6 0 9.5 6 9.5 6a18 18 0 0 1-3 3.600M6.3 8A17 17 0 0 0 2.5 12S6 18 12 18a9 9 0 0 0 4-.9',
  undo: 'M4 9h10a5 5 0 0 1 0 10H9M8 5 4 9l4 4',
  redo: 'M20 9H10a5 5 0 0 0 0 10h5M16 5l4 4-4 4',
  options:
    'M4 7h9m5 0h2M4 17h2m5 0h9M13 7a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0M6 17a2.5 2.5 0 1 0 5 0 2.5 2.5 0 0 0-5 0',
  camera: 'M4 8.5h3.5L9.5 6h5l2 2.5H20v10H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6',
  close: 'M6 6l12 12M18 6 6 18',
  dice: 'M7 4h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3M9 9h.01M15 15h.01M15 9h.01M9 15h.01M12 12h.01',
  clear: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M6.5 17.5l11-11',
  keep: 'M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z',
  edit: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  done: 'M5 13l4.5 4.5L19 7',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  share: 'M12 15V4M8 8l4-4 4 4M5 13v6h14v-6',
  remove: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
} as const;

export type IconName = keyof typeof PATHS;

/** These point in the direction of writing, and are mirrored with it. */
const ALONG: ReadonlySet<IconName> = new Set(['undo', 'redo']);

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" class={ALONG.has(name) ? 'along' : undefined}>
      <path d={PATHS[name]} />
    </svg>
  );
}
