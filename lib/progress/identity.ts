/** A subnet of a chain: what one intake and one weights workflow serve. */
export interface Subnet {
  /** Name of the chain, such as `finney`, `test` or `devnet`. */
  readonly network: string;
  readonly netuid: number;
}

/** One commitment of one hotkey: what a submission is made of. */
export interface CommitmentKey extends Subnet {
  /** ss58 address of the miner's hotkey. */
  readonly hotkey: string;
  /** Block in which the commitment was made. */
  readonly commitBlock: number;
}

export const intakeWorkflowId = ({ network, netuid }: Subnet): string => `${network}/${netuid}/intake`;

export const weightsWorkflowId = ({ network, netuid }: Subnet): string => `${network}/${netuid}/weights`;

/**
 * The `n`th replay of an attempt, counted from 1 over all evaluations.
 *
 * @param submissionId the first 12 hex digits, as people name it
 */
export const replayWorkflowId = (
  { network, netuid }: Subnet,
  submissionId: string,
  attempt: number,
  n: number,
): string => `${network}/${netuid}/replay/${submissionId}/${attempt}/${n}`;

/** Readable, and unique: Temporal itself refuses a second workflow for the same commitment. */
export const submissionWorkflowId = ({ network, netuid, hotkey, commitBlock }: CommitmentKey): string =>
  `${network}/${netuid}/submission/${hotkey}/${commitBlock}`;
