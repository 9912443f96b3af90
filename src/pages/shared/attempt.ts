import { PasticheError } from '../../protocol/errors';
import { errorSentence } from '../../words/i18n';

/**
 * Does work that the user waits for, and shows its error, unless the user has cancelled it.
 */
export function attempt(work: () => Promise<unknown>, say: (sentence: string) => void): void {
  work().catch((thrown: unknown) => {
    const { code } = PasticheError.from(thrown);
    if (code !== 'cancelled') say(errorSentence(code));
  });
}
