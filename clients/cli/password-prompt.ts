import password from '@inquirer/password';
import type { AskPassword } from '../../lib/wallet/index.js';

/** Where somebody types, and where the question is shown. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/**
 * Asks for passwords on a terminal, on standard error and without echo; undefined where there is no terminal.
 *
 * @param signal ends the question; what was typed is dropped
 */
export const passwordPrompt = (
  signal?: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): AskPassword | undefined => {
  if (input.isTTY !== true || output.isTTY !== true) return undefined;
  return async (file, tries) => {
    const again = tries > 1 ? 'That is not its password. ' : '';
    try {
      const answer = await password(
        { message: `${again}Password of ${file}:`, validate: (text) => text !== '' || 'It cannot be empty.' },
        { input, output, clearPromptOnDone: true, ...(signal && { signal }) },
      );
      // The library ends every stream but the process's own.
      if (output.writable) output.write(`opening ${file}, which takes some seconds …\n`);
      return answer;
    } catch (error) {
      if (signal && isCtrlC(error)) await interrupted(signal);
      signal?.throwIfAborted();
      return null;
    }
  };
};

const isCtrlC = (error: unknown): boolean => error instanceof Error && error.name === 'ExitPromptError';

/** The library takes Ctrl-C for itself while it asks; it is passed on to whoever ends the command. */
const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resume) => {
    signal.addEventListener('abort', () => resume(), { once: true });
    process.kill(process.pid, 'SIGINT');
  });
