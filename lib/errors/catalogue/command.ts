import { defineErrors } from '../define.js';

/** Wrong use of the program. */
export const commandErrors = defineErrors({
  action_refused: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: '{action} was refused: {reason}.',
    remedy: 'See `crusades status` for where it stands.',
  },
  action_unanswered: {
    stage: 'setup',
    fault: 'infrastructure',
    retryable: true,
    final: false,
    message: 'No control worker answered {action} within {seconds} s; it may still be carried out.',
    remedy: 'Start the control worker (`crusades up`), then look at `crusades status`.',
  },
  argument_invalid: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: '{argument}: {reason}.',
    remedy: 'See the command’s --help.',
  },
  attempt_unknown: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The submission {submission} has no such attempt: {reason}.',
    remedy: '`crusades show` with the submission lists its attempts.',
  },
  attempt_without_seed: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message:
      'Attempt {attempt} of {submission} ended as {outcome} before its seed was drawn: it has no run that could be repeated.',
    remedy:
      'Evaluate the submission anew with `crusades reevaluate`, or run its code here: ' +
      '`crusades show --code` prints it, `crusades benchmark` evaluates a file.',
  },
  file_unreadable: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: '{path} cannot be read: {reason}.',
    remedy: 'Check the path and its permissions.',
  },
  output_unwritable: {
    stage: 'setup',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'The output cannot be written: {reason}.',
    remedy: 'Free disk space, or send the output elsewhere.',
  },
  port_taken: {
    stage: 'setup',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'Port {port} is taken by another program.',
    remedy: 'Stop that program, or choose another port with {option}.',
  },
  submission_unknown: {
    stage: 'command',
    fault: 'operator',
    retryable: false,
    final: false,
    message: 'Nothing is known under {name}.',
    remedy: 'Give a submission, a hotkey or a workflow id; `crusades status` lists the recent ones.',
  },
});
