/** Backend and speed in words. */
import type { Pastiche } from '../../engine/client/engine-client';
import type { Backend } from '../../protocol/messages';
import { messageLanguage, plural, t } from '../../words/i18n';

export function backendName({ provider, threads }: Backend): string {
  if (provider === 'webgpu') return t('backend_webgpu');
  const name = t(provider === 'kernels' ? 'backend_kernels' : 'backend_wasm');
  return plural('backend_threads', threads, name);
}

/** Seconds with their unit, to two significant digits. */
export function roughSeconds(value: number): string {
  return new Intl.NumberFormat(messageLanguage(), {
    style: 'unit',
    unit: 'second',
    maximumSignificantDigits: 2,
  }).format(value);
}

/** One line about a pastiche: its backend, and the time per megapixel. */
export function engineLine({ backend, timings, width, height }: Pastiche): string {
  const seconds = timings.run / 1000 / ((width * height) / 1e6);
  return t('popup_engine', backendName(backend), roughSeconds(seconds));
}
