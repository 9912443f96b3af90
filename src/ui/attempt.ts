import { PasticheError } from '../messages/errors';
import { errorSentence } from './i18n';

/** Does what a person has asked for and waits for; where it fails, says what went wrong. */
export function attempt(work: () => Promise<unknown>, say: (sentence: string) => void): void {
  work().catch((thrown: unknown) => say(errorSentence(PasticheError.from(thrown).code)));
}
