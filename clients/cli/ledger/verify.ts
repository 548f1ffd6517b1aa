import { EXIT } from '../action.js';
import { choosePlace, withLedger } from '../connection.js';
import type { LedgerVerifyOptions } from '../ledger.js';
import { printJson } from '../output/json.js';
import { print } from '../output/print.js';
import { verificationText } from './report.js';

/** @returns exit code: 0 when everything follows from the attempts, 1 when something differs */
export async function verify({ json }: LedgerVerifyOptions, signal: AbortSignal): Promise<number> {
  const verification = await withLedger(choosePlace({}), (ledger) => ledger.verifyLedger());
  signal.throwIfAborted();
  if (json) printJson(verification);
  else print(verificationText(verification));
  return verification.equal ? EXIT.good : EXIT.no;
}
