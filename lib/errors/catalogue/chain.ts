import { defineErrors } from '../define.js';

/** Reading from and writing to a chain. */
export const chainErrors = defineErrors({
  chain_call_refused: {
    stage: 'chain',
    fault: 'unknown',
    retryable: false,
    final: false,
    message: 'The chain refused {call}: {reason}.',
    remedy: 'Look the reason up in the pallet’s errors; the transaction changed nothing.',
  },
  chain_outcome_unknown: {
    stage: 'chain',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: '{call} was sent, but no answer came within {seconds} s; it may or may not be in a block.',
    remedy: 'Nothing to do: the chain is read before the call is sent again.',
  },
  chain_state_discarded: {
    stage: 'chain',
    fault: 'infrastructure',
    retryable: false,
    final: false,
    message: 'The node at {endpoint} no longer holds the state of block {block}.',
    remedy: 'Configure an archive endpoint, or accept the current state.',
  },
  chain_timeout: {
    stage: 'chain',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'The chain did not answer {call} within {seconds} s.',
    remedy: 'It is tried again; if it lasts, check the endpoint with `crusades doctor`.',
  },
  chain_unreachable: {
    stage: 'chain',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'No connection to the chain at {endpoint}: {reason}.',
    remedy: 'Check the endpoint and the network; it is tried again until the chain answers.',
  },
  chain_unsupported: {
    stage: 'chain',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The runtime at {endpoint} has no {item}.',
    remedy: 'Check that the endpoint is a Subtensor node of a supported version.',
  },
  devnet_state_unwritable: {
    stage: 'devnet',
    fault: 'operator',
    retryable: true,
    final: false,
    message: 'The devnet cannot write {path}: {reason}.',
    remedy:
      'Free disk space or correct the permissions; the chain stands still until a block can be written.',
  },
  timelock_malformed: {
    stage: 'awaiting_reveal',
    fault: 'miner',
    retryable: false,
    final: true,
    message: 'The sealed commitment cannot be opened: {reason}.',
    remedy: 'Commit again with `crusades submit`, which seals in the layout that the chain opens.',
  },
});
