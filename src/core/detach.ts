/**
 * Lets work go on by itself. What goes wrong with it has no sentence for the person: it is reported
 * like any error that nobody catches.
 */
export function detach(work: Promise<unknown>): void {
  work.catch((thrown: unknown) => {
    queueMicrotask(() => {
      throw thrown;
    });
  });
}
