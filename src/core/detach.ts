/**
 * Lets work continue without being awaited. Its errors have no message for the user: they are reported
 * like any uncaught error.
 */
export function detach(work: Promise<unknown>): void {
  work.catch((thrown: unknown) => {
    queueMicrotask(() => {
      throw thrown;
    });
  });
}
