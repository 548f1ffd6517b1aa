/** Where in a submission's life, or in which part of the system, an error arises. */
export type ErrorStage =
  | 'intake'
  | 'awaiting_reveal'
  | 'admitting'
  | 'fetching'
  | 'scanning'
  | 'queued'
  | 'evaluating'
  | 'recording'
  | 'weights'
  | 'chain'
  | 'devnet'
  | 'ledger'
  | 'settings'
  | 'setup'
  | 'command';

/** Who has to act on an error. `unknown` means that the record does not tell. */
export type ErrorFault = 'miner' | 'infrastructure' | 'operator' | 'unknown';

/** One entry of the catalogue. Texts may name details as `{field}`; the details' type follows from them. */
export interface ErrorDefinition {
  readonly stage: ErrorStage;
  readonly fault: ErrorFault;
  /** The same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** The submission ends with it: further attempts are pointless. */
  readonly final: boolean;
  readonly message: string;
  readonly remedy: string;
}

/** Keeps the literal texts, so that the names of the details can be read off them by the compiler. */
export const defineErrors = <const T extends Record<string, ErrorDefinition>>(errors: T): T => errors;
