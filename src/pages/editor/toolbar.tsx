import type { JSX } from 'preact';
import { useId } from 'preact/hooks';

import { TOOLS, type Tool, type ToolSettings } from '../../core/regions/tools';
import { percent, t } from '../../words/i18n';
import { Icon, type IconName } from '../shared/icons';
import { Range } from '../shared/mix/sliders';

interface ToolbarProps {
  readonly tool: Tool;
  readonly settings: ToolSettings;
  /** Whether a search can start now. */
  readonly canSearch: boolean;
  onTool(tool: Tool): void;
  onSettings(settings: ToolSettings): void;
  /** Find the subject. */
  onSubject(): void;
}

const ICONS: Readonly<Record<Tool, IconName>> = {
  brush: 'brush',
  eraser: 'eraser',
  rectangle: 'rectangle',
  ellipse: 'ellipse',
  lasso: 'lasso',
  gradient: 'gradient',
  object: 'object',
  hand: 'hand',
};

const KEYS: Readonly<Record<Tool, string>> = {
  brush: 'B',
  eraser: 'E',
  rectangle: 'R',
  ellipse: 'O',
  lasso: 'L',
  gradient: 'G',
  object: 'W',
  hand: 'H',
};

/** Radius of the brush, in pixels of the mask. */
const RADII = { least: 1, most: 256 } as const;

/** Equal distances on the slider are equal factors. */
function radiusAt(place: number): number {
  return RADII.least * (RADII.most / RADII.least) ** place;
}

function placeOf(radius: number): number {
  const place = Math.log(radius / RADII.least) / Math.log(RADII.most / RADII.least);
  return Math.min(1, Math.max(0, place));
}

/** The tools and their settings. */
export function Toolbar({
  tool,
  settings,
  canSearch,
  onTool,
  onSettings,
  onSubject,
}: ToolbarProps): JSX.Element {
  const id = useId();
  return (
    <nav class="tools" aria-label={t('editor_tools')}>
      <div class="tool-buttons" role="group" aria-label={t('editor_tools')}>
        {TOOLS.map((each) => (
          <button
            key={each}
            type="button"
            class="icon-button"
            aria-label={t(`editor_tool_${each}`)}
            aria-pressed={each === tool}
            aria-keyshortcuts={KEYS[each]}
            title={`${t(`editor_tool_${each}`)} (${KEYS[each]})`}
            onClick={() => onTool(each)}
          >
            <Icon name={ICONS[each]} />
          </button>
        ))}
      </div>
      <button
        type="button"
        class="button subject"
        disabled={!canSearch}
        title={t('editor_subject_help')}
        onClick={onSubject}
      >
        {t('editor_subject')}
      </button>
      {(tool === 'brush' || tool === 'eraser') && (
        <>
          <div class="setting">
            <label for={`${id}-size`}>{t('editor_size')}</label>
            <Range
              id={`${id}-size`}
              value={placeOf(settings.radius)}
              text={String(Math.round(2 * settings.radius))}
              onMove={(place) => onSettings({ ...settings, radius: radiusAt(place) })}
              onRelease={() => undefined}
            />
          </div>
          <div class="setting">
            <label for={`${id}-hardness`}>{t('editor_hardness')}</label>
            <Range
              id={`${id}-hardness`}
              value={settings.hardness}
              text={percent(settings.hardness)}
              onMove={(hardness) => onSettings({ ...settings, hardness })}
              onRelease={() => undefined}
            />
          </div>
        </>
      )}
      {tool !== 'brush' && tool !== 'eraser' && tool !== 'hand' && (
        <label class="setting check">
          <input
            type="checkbox"
            checked={settings.effect === 'erase'}
            onChange={({ currentTarget }) =>
              onSettings({ ...settings, effect: currentTarget.checked ? 'erase' : 'add' })
            }
          />
          {t('editor_take_away')}
        </label>
      )}
    </nav>
  );
}
