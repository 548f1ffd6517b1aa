/** Exit code of a program that Ctrl-C ended: 128 and the signal's number. */
const INTERRUPTED = 130;
/** So long a command may take to put things away before it is ended. */
const GRACE_MS = 5_000;
/** One Ctrl-C may arrive twice: from the terminal, and passed on by npm. */
const SAME_PRESS_MS = 500;

/**
 * Makes a command's work end cleanly on Ctrl-C and SIGTERM: its signal aborts, what it opened is closed, and the
 * program ends with 130. A second Ctrl-C ends it at once.
 *
 * @param graceMs how long it may take to put things away before it is ended
 */
export const interruptible =
  <Args extends unknown[]>(
    work: (signal: AbortSignal, ...args: Args) => Promise<number | void>,
    graceMs = GRACE_MS,
  ) =>
  async (...args: Args): Promise<number | void> => {
    const controller = new AbortController();
    let pressedAt = 0;
    const onSignal = (): void => {
      if (controller.signal.aborted) {
        if (Date.now() - pressedAt > SAME_PRESS_MS) process.exit(INTERRUPTED);
        return;
      }
      pressedAt = Date.now();
      controller.abort();
      setTimeout(() => process.exit(INTERRUPTED), graceMs).unref();
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
