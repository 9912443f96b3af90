import type { EngineClient } from '../../engine/client/engine-client';
import { fullSizeFile } from '../../engine/client/full-size-file';
import { PasticheError } from '../../protocol/errors';
import { readSettings } from '../../storage/settings';
import { pasticheFileName, typeOfFile } from '../../core/file-name';
import { percent, t } from '../../words/i18n';
import type { Notices } from '../show/notices';
import type { Picture } from '../show/picture';
import { isWhole, readContentImage } from '../read/read';
import { saveFile } from '../save-file';
import type { Job } from './job';
import { closeImage } from './painter';

/** Paints a restyled picture once more, at its own full size, and saves it as a file. Never rejects. */
export async function saveFullSize(
  engine: EngineClient,
  notices: Notices,
  job: Job,
  picture: Picture,
): Promise<void> {
  const abort = new AbortController();
  const cancel = { label: t('page_cancel'), run: () => abort.abort() };
  const say = notices.show(t('page_saving', percent(0)), cancel);
  try {
    const content = await readContentImage(picture, abort.signal, true, true);
    const { image, natural: size } = content;
    const request = { image, size, recipe: job };
    const { saveType } = await readSettings();
    const onProgress = (share: number): void => say(t('page_saving', percent(share)));
    const { signal } = abort;
    const file = await fullSizeFile(engine, request, saveType, signal, onProgress).finally(() =>
      closeImage(content),
    );
    signal.throwIfAborted();
    const type = typeOfFile(file);
    const part = isWhole(content) ? '' : t('file_part');
    await saveFile(file, pasticheFileName(job.source, job.title, type, part));
    if (part) notices.show(t('page_saved_part'));
    if (type !== saveType) notices.show(t('saved_as_png'));
  } catch (thrown) {
    if (!abort.signal.aborted) notices.showError(PasticheError.from(thrown).code);
  } finally {
    say(null);
  }
}
