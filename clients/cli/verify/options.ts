import { crusadesError } from '../../../lib/errors/index.js';
import type { VerifyOptions } from '../verify.js';
import { isAddress } from './targets.js';

/**
 * Refuses what does not go together.
 *
 * @throws `argument_invalid` that says why
 */
export const checkOptions = (paths: readonly string[], { json, sarif, watch }: VerifyOptions): void => {
  const refuse = (argument: string, reason: string) =>
    crusadesError('argument_invalid', { argument, reason });
  if (watch && (json || sarif !== undefined)) {
    const other = json ? '--json' : '--sarif';
    throw refuse('--watch', `it goes on until Ctrl-C, and ${other} is one document; leave one of them out`);
  }
  if (watch && paths.some(isAddress)) {
    throw refuse('--watch', 'a URL tells nobody when its file changes; watch a local copy');
  }
  if (json && sarif === true) {
    throw refuse(
      '--sarif',
      'only one document fits on standard output; name a file, `--sarif findings.sarif`',
    );
  }
};
