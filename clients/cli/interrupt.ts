/** Exit code of a program that Ctrl-C ended: 128 and the signal's number. */
const INTERRUPTED = 130;
/** So long a command may take to put things away before it is ended. */
const GRACE_MS = 5_000;

/**
 * Makes a command's work end cleanly on Ctrl-C and SIGTERM: its signal aborts, what it opened is closed, and the
 * program ends with 130. A second Ctrl-C ends it at once.
 */
export const interruptible =
  <Args extends unknown[]>(work: (signal: AbortSignal, ...args: Args) => Promise<number | void>) =>
  async (...args: Args): Promise<number | void> => {
    const controller = new AbortController();
    const onSignal = (): void => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
      setTimeout(() => process.exit(INTERRUPTED), GRACE_MS).unref();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    try {
      const code = await work(controller.signal, ...args);
      return controller.signal.aborted ? INTERRUPTED : code;
    } catch (error) {
      if (controller.signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  };
