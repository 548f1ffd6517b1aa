import { defineErrors } from '../define.js';

/** Setting weights on chain. */
export const weightsErrors = defineErrors({
  weights_not_confirmed: {
    stage: 'weights',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'The chain accepted the weights, but at block {block} it still shows others.',
    remedy: 'They are decided and sent again at the next interval.',
  },
  weights_not_permitted: {
    stage: 'weights',
    fault: 'operator',
    retryable: true,
    final: false,
    message: 'The validator {hotkey} may not set weights on netuid {netuid}: {reason}.',
    remedy: 'Register the hotkey, stake enough for a validator permit, or use another wallet.',
  },
  weights_too_soon: {
    stage: 'weights',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'The chain takes weights from this hotkey again at block {block}.',
    remedy: 'Nothing to do: they are sent then.',
  },
});
