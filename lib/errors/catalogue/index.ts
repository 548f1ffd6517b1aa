import { chainErrors } from './chain.js';
import { codeErrors } from './code.js';
import { commandErrors } from './command.js';
import { evaluationErrors } from './evaluation.js';
import { intakeErrors } from './intake.js';
import { ledgerErrors } from './ledger.js';
import { paymentErrors } from './payment.js';
import { settingsErrors } from './settings.js';
import { setupErrors } from './setup.js';
import { verdictErrors } from './verdicts.js';
import { walletErrors } from './wallet.js';
import { weightsErrors } from './weights.js';

/** Every error that the product can end with. `docs/reference/errors.md` is generated from it. */
export const CATALOGUE = {
  ...chainErrors,
  ...codeErrors,
  ...commandErrors,
  ...evaluationErrors,
  ...intakeErrors,
  ...ledgerErrors,
  ...paymentErrors,
  ...settingsErrors,
  ...setupErrors,
  ...verdictErrors,
  ...walletErrors,
  ...weightsErrors,
} as const;

export type ErrorCode = keyof typeof CATALOGUE;
