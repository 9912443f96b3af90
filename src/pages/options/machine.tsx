import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';

import { tryBackends } from '../../engine/host/backend-trial';
import {
  candidates,
  fastest,
  firstWithoutKernels,
  parseOverride,
  sameBackend,
  type Measurement,
} from '../../engine/host/backends';
import {
  describeGpu,
  documentCapabilities,
  PACKAGE_WORKERS,
} from '../../engine/host/package-workers';
import { OVERRIDE_KEY } from '../../engine/host/worker-keeper';
import { detach } from '../../core/detach';
import type { Backend } from '../../protocol/messages';
import { readStyleSet } from '../../storage/style-set';
import { backendName, roughSeconds } from '../shared/backend-name';
import { t } from '../../words/i18n';
import { Section } from './section';

/** A trial times pictures of 256 × 256; figures are per megapixel. */
const PER_MEGAPIXEL = 1e6 / 256 ** 2 / 1000;

/** The value for automatic choice of the backend. */
const AUTOMATIC = '';

/** The present backend, and the speed of all backends on this machine. */
export function Machine(): JSX.Element {
  const [choices, setChoices] = useState<readonly Backend[]>([]);
  const [chosen, setChosen] = useState(() => readOverride());
  const [measured, setMeasured] = useState<readonly Measurement[]>([]);
  const [state, setState] = useState<'idle' | 'measuring' | 'failed'>('idle');
  const id = useId();
  useEffect(() => {
    describeGpu().then(
      (gpu) => setChoices(allBackends(gpu !== null)),
      () => setChoices(allBackends(false)),
    );
  }, []);

  const choose = (value: string): void => {
    setChosen(value);
    // The engine's document gets an event, and restarts on the chosen backend.
    if (value === AUTOMATIC) localStorage.removeItem(OVERRIDE_KEY);
    else localStorage.setItem(OVERRIDE_KEY, value);
  };
  const measure = async (): Promise<void> => {
    setState('measuring');
    setMeasured([]);
    try {
      const styles = await readStyleSet();
      const add = (measurement: Measurement): void =>
        setMeasured((before) => [...before, measurement]);
      await tryBackends(PACKAGE_WORKERS, choices, styles, new AbortController().signal, add);
      setState('idle');
    } catch {
      setState('failed');
    }
  };

  return (
    <Section title={t('options_machine')}>
      <div class="row">
        <label for={id}>{t('options_backend')}</label>
        <select
          id={id}
          value={chosen}
          aria-describedby={`${id}-help`}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          <option value={AUTOMATIC}>{t('options_backend_automatic')}</option>
          {withChosen(choices, chosen).map((backend) => (
            <option key={textOf(backend)} value={textOf(backend)}>
              {backendName(backend)}
            </option>
          ))}
        </select>
      </div>
      <p id={`${id}-help`} class="help">
        {t('options_backend_help')}
      </p>
      {measured.length > 0 && <Chart measured={measured} />}
      <p role="status">
        {state === 'measuring' && t('options_measuring')}
        {state === 'failed' && t('options_measure_failed')}
      </p>
      <button
        type="button"
        class="button"
        disabled={state === 'measuring' || choices.length === 0}
        onClick={() => detach(measure())}
      >
        {t('options_measure')}
      </button>
    </Section>
  );
}

/** Seconds per megapixel as bars; the fastest backend with the right picture is highlighted. */
function Chart({ measured }: { readonly measured: readonly Measurement[] }): JSX.Element {
  const longest = Math.max(...measured.map(({ milliseconds }) => milliseconds));
  const best = fastest(measured);
  return (
    <table class="chart">
      <caption>{t('options_measure_caption')}</caption>
      <tbody>
        {measured.map(({ backend, milliseconds }) => (
          <tr key={textOf(backend)} class={best && sameBackend(best, backend) ? 'best' : ''}>
            <th scope="row">{backendName(backend)}</th>
            <td class="bar" aria-hidden="true">
              <span style={{ width: `${(100 * milliseconds) / longest}%` }} />
            </td>
            <td>{roughSeconds(milliseconds * PER_MEGAPIXEL)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** All backends that might work here; the first is one of onnxruntime-web's, the reference. */
function allBackends(webgpu: boolean): Backend[] {
  const capabilities = documentCapabilities();
  const found = candidates(capabilities, webgpu);
  const plain = firstWithoutKernels(capabilities);
  return [plain, ...found.filter((backend) => !sameBackend(backend, plain))];
}

/** The choices and the chosen one, which another version or machine may have offered. */
function withChosen(choices: readonly Backend[], chosen: string): readonly Backend[] {
  const { backend } = parseOverride(chosen || null);
  const isThere = !backend || choices.some((choice) => sameBackend(choice, backend));
  return isThere ? choices : [...choices, backend];
}

function readOverride(): string {
  const { backend } = parseOverride(localStorage.getItem(OVERRIDE_KEY));
  return backend ? textOf(backend) : AUTOMATIC;
}

function textOf({ provider, threads }: Backend): string {
  return JSON.stringify({ provider, threads });
}
