/** Texts of the meter and of the recording's timer. */
import type { VideoStatus } from '../../protocol/messages';
import { megabytes } from '../../words/i18n';

/** Rate, latency, size and backend, in figures that need no translation. */
export function meterOf({
  rate,
  latencies,
  width,
  height,
  backend,
  network,
}: Pick<VideoStatus, 'rate' | 'latencies' | 'width' | 'height' | 'backend' | 'network'>): string {
  const recent = latencies.slice(-25).sort((a, b) => a - b);
  const latency = recent[Math.floor(recent.length / 2)];
  const painter = [backend?.provider, network].filter(Boolean).join(' ');
  return [
    `${rate.toFixed(0).padStart(2)} fps`,
    ...(latency === undefined ? [] : [`${latency.toFixed(0)} ms`]),
    `${width}×${height}`,
    painter,
  ].join('  ');
}

/** Duration and size of a recording. */
export function timerOf(seconds: number, bytes: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, '0');
  return `● ${minutes}:${rest}  ${megabytes(bytes)}`;
}
