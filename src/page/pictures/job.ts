/** State of a source that is being painted, or was. */
import type { PasticheError } from '../../protocol/errors';
import type { PictureStatus } from '../../protocol/messages';
import type { Recipe } from '../../core/style/render-options';
import { isHere } from '../dom/element';
import type { Layer } from '../layer/layer';
import type { Picture } from '../show/picture';
import type { Pastiche } from '../show/seal';

/** One source address being restyled, wherever it is shown on the page. */
export interface Job extends Recipe {
  readonly source: string;
  /** Title of the mix, for a screen reader. */
  readonly title: string;
  /** Whether errors are only in its status, and not shown on the page: it is one of many. */
  readonly quiet: boolean;
  readonly abort: AbortController;
  readonly started: number;
  readonly timings: Record<string, number>;
  /** The pictures that are known to show this source, and still exist. */
  readonly pictures: Set<WeakRef<Picture>>;
  /** Elements that have shown this source through style sheets, whether or not they still do. */
  readonly styled: Set<WeakRef<Element>>;
  /** Layers over pictures that can't show the pastiche in their own element. */
  readonly layers: Map<Picture, Layer>;
  /** Functions that end the pulses of pictures in progress. */
  readonly pulses: (() => void)[];
  pastiche: Pastiche | null;
  /** Its shown width when it was painted, in device pixels; the budget may have reduced the painted width. */
  paintedFor: number;
  /** The reason why the rest of a strip is not painted. */
  unfinished: 'gone' | 'stopped' | null;
  /** When it was last shown. */
  used: number;
  state: PictureStatus['state'];
  mode: PictureStatus['mode'];
  read: PictureStatus['read'];
  backend: PictureStatus['backend'];
  error: PasticheError | null;
}

/** Jobs by source, in the order in which they started. */
export type Jobs = ReadonlyMap<string, Job>;

export function alive(job: Job): Picture[] {
  return [...job.pictures].map((ref) => ref.deref()).filter((picture) => picture !== undefined);
}

export function has(job: Job, picture: Picture): boolean {
  return alive(job).includes(picture);
}

/** Whether a picture is on the page, and still shows the job's source. */
export function isThere({ source }: Job, picture: Picture): boolean {
  return isHere(picture.element) && picture.pageSource() === source;
}

/** Adds a picture that shows a job's source. */
export function include(job: Job, picture: Picture): void {
  if (has(job, picture)) return;
  job.pictures.add(new WeakRef(picture));
  if (picture.isOfStyle) includeStyled(job, picture.element);
}

/** Adds an element that may show a job's source through style sheets. */
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

/** Whether it is finished, or will not be. */
export function isOver({ state }: Job): boolean {
  return state === 'done' || state === 'restored' || state === 'failed';
}

/** Records the time from the start to a step, in milliseconds. */
export function mark(job: Job, moment: string): void {
  job.timings[moment] = Math.round((performance.now() - job.started) * 10) / 10;
}

/** The status of a job as it is reported. */
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
