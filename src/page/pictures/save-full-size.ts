import type { EngineClient } from '../../engine/client/engine-client';
import { fullSizeFile } from '../../engine/client/full-size-file';
import type { Recipe } from '../../core/style/render-options';
import { PasticheError } from '../../protocol/errors';
import { readSettings } from '../../storage/settings';
import { pasticheFileName, typeOfFile } from '../../core/file-name';
import { percent, t } from '../../words/i18n';
import type { Notices } from '../show/notices';
import { isWhole, type ContentImage } from '../read/read';
import { saveFile } from '../save-file';
import { closeImage } from './painter';

/** Everything that saving a painted thing needs. */
export interface Saved extends Recipe {
  /** Its address, from which the file is named. */
  readonly source: string;
  /** Title of the mix. */
  readonly title: string;
}

/**
 * Paints something again, at its own full size, and saves it as a file. Never rejects.
 * @param read Reads it at that size.
 */
export async function saveFullSize(
  engine: EngineClient,
  notices: Notices,
  saved: Saved,
  read: (signal: AbortSignal) => Promise<ContentImage>,
): Promise<void> {
  const abort = new AbortController();
  const cancel = { label: t('page_cancel'), run: () => abort.abort() };
  const say = notices.show(t('page_saving', percent(0)), cancel);
  try {
    const content = await read(abort.signal);
    const { image, natural: size } = content;
    const request = { image, size, recipe: saved };
    const { saveType } = await readSettings();
    const onProgress = (share: number): void => say(t('page_saving', percent(share)));
    const { signal } = abort;
    const file = await fullSizeFile(engine, request, saveType, signal, onProgress).finally(() =>
      closeImage(content),
    );
    signal.throwIfAborted();
    const type = typeOfFile(file);
    const part = isWhole(content) ? '' : t('file_part');
    await saveFile(file, pasticheFileName(saved.source, saved.title, type, part));
    if (part) notices.show(t('page_saved_part'));
    if (content.isOther) notices.show(t('page_other'));
    if (type !== saveType) notices.show(t('saved_as_png'));
  } catch (thrown) {
    if (!abort.signal.aborted) notices.showError(PasticheError.from(thrown).code);
  } finally {
    say(null);
  }
}
