import { PasticheError } from '../../protocol/errors';
import { errorSentence } from '../../words/i18n';

/**
 * Does what a person has asked for and waits for; where it fails, says what went wrong, unless it was
 * the person who has stopped it.
 */
export function attempt(work: () => Promise<unknown>, say: (sentence: string) => void): void {
  work().catch((thrown: unknown) => {
    const { code } = PasticheError.from(thrown);
    if (code !== 'cancelled') say(errorSentence(code));
  });
}
