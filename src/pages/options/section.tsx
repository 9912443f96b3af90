import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface SectionProps {
  readonly title: string;
  /** Anchor for links. */
  readonly id?: string;
  readonly children: ComponentChildren;
}

/** A section of the options page with its heading. */
export function Section({ title, id: anchor, children }: SectionProps): JSX.Element {
  const id = useId();
  return (
    <section id={anchor} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
