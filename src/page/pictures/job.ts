/** What is known of a source that is being painted, or was. */
import type { PasticheError } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/render-options';
import { isAttached } from '../dom/element';
import type { Layer } from '../layer/layer';
import type { Picture } from '../show/picture';
import type { Pastiche } from '../show/seal';

/** One source address being restyled, wherever it is shown on the page. */
export interface Job extends Recipe {
  readonly source: string;
  /** What the mix is called, for a screen reader. */
  readonly title: string;
  /** One of many: what goes wrong is for its status, not for a sentence on the page. */
  readonly quiet: boolean;
  readonly abort: AbortController;
  readonly started: number;
  readonly timings: Record<string, number>;
  /** The pictures that show this source, as far as they are known and alive. */
  readonly pictures: Set<WeakRef<Picture>>;
  /** The elements of those that style sheets show, also after they have shown others. */
  readonly styled: Set<WeakRef<Element>>;
  /** Layers over pictures that can't show the pastiche themselves. */
  readonly layers: Map<Picture, Layer>;
  /** Ends the pulses of the pictures that are waited for. */
  readonly pulses: (() => void)[];
  pastiche: Pastiche | null;
  /** How wide it was shown as it was painted, in device pixels: the budget may have wanted less. */
  paintedFor: number;
  /** Why nothing goes on with a strip of which a part is not painted. */
  unfinished: 'gone' | 'stopped' | null;
  /** When it was shown last. */
  used: number;
  state: PictureStatus['state'];
  mode: PictureStatus['mode'];
  read: PictureStatus['read'];
  backend: PictureStatus['backend'];
  error: PasticheError | null;
}

/** Jobs by their source, in the order in which they were begun. */
export type Jobs = ReadonlyMap<string, Job>;

export function alive(job: Job): Picture[] {
  return [...job.pictures].map((ref) => ref.deref()).filter((picture) => picture !== undefined);
}

export function has(job: Job, picture: Picture): boolean {
  return alive(job).includes(picture);
}

/** Whether a picture is on the page, and still the one that is painted. */
export function isThere({ source }: Job, picture: Picture): boolean {
  return isAttached(picture.element) && picture.pageSource() === source;
}

/** Notes that a picture shows a job's source. */
export function include(job: Job, picture: Picture): void {
  if (has(job, picture)) return;
  job.pictures.add(new WeakRef(picture));
  if (picture.isOfStyle) includeStyled(job, picture.element);
}

/** Notes an element to which style sheets may give a job's source. */
export function includeStyled({ styled }: Job, element: Element): void {
  if (![...styled].some((ref) => ref.deref() === element)) styled.add(new WeakRef(element));
}

export function exclude(job: Job, picture: Picture): void {
  for (const ref of job.pictures) if (ref.deref() === picture) job.pictures.delete(ref);
}

export function endPulses(job: Job): void {
  for (const end of job.pulses.splice(0)) end();
}

export function removeLayers(job: Job): void {
  for (const layer of job.layers.values()) layer.remove();
  job.layers.clear();
}

/** Whether it is done, or nothing more is to come of it. */
export function isOver({ state }: Job): boolean {
  return state === 'done' || state === 'restored' || state === 'failed';
}

/** Notes how long it took until a moment, in milliseconds. */
export function mark(job: Job, moment: string): void {
  job.timings[moment] = Math.round((performance.now() - job.started) * 10) / 10;
}

/** A job as others are told of it. */
export function statusOf(job: Job): PictureStatus {
  return {
    source: job.source,
    state: job.state,
    mode: job.mode,
    read: job.read,
    backend: job.backend,
    error: job.error?.toMessage() ?? null,
    startedAt: performance.timeOrigin + job.started,
    timings: job.timings,
  };
}
