import { crusadesError } from '../../../lib/errors/index.js';
import { loadSettings } from '../../../lib/settings/index.js';
import { openLedger } from '../../../lib/store/index.js';
import { EXIT } from '../action.js';
import type { LedgerVerifyOptions } from '../ledger.js';
import { verificationText } from './report.js';

/** @returns exit code: 0 when everything follows from the attempts, 1 when something differs */
export async function verify({ json }: LedgerVerifyOptions, signal: AbortSignal): Promise<number> {
  const ledger = openLedger({ connectionString: ledgerAddress(), connections: 1, readOnly: true });
  const close = (): void => void ledger.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    await ledger.requireSchema();
    const verification = await ledger.verifyLedger();
    process.stdout.write(`${json ? JSON.stringify(verification) : verificationText(verification)}\n`);
    return verification.equal ? EXIT.good : EXIT.no;
  } finally {
    signal.removeEventListener('abort', close);
    if (!signal.aborted) await ledger.close();
  }
}

const ledgerAddress = (): string => {
  const { databaseUrl } = loadSettings().environment;
  if (databaseUrl !== null) return databaseUrl;
  throw crusadesError('argument_invalid', { argument: 'DATABASE_URL', reason: 'is not set' });
};
