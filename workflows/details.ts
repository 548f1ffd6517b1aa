import type { FreshCommitment } from '../lib/admission/index.js';
import type { SubmissionStatus } from './messages.js';

/** A submission's story in Markdown: the current details that the Temporal UI shows. */
export function describeStatus(status: SubmissionStatus, { key, revealAt }: FreshCommitment): string {
  return [
    `**${status.stage}** · submission \`${status.submissionId}\` of \`${key.hotkey}\`, block ${key.commitBlock}`,
    revealAt && status.stage === 'awaiting_reveal' ? `Reveal expected at ${revealAt}.` : null,
    status.waitsFor ? `Waits for ${status.waitsFor}.` : null,
    status.gpu ? `On ${status.gpu}.` : null,
    status.evaluation > 1 ? `Evaluation ${status.evaluation}, asked for by an operator.` : null,
    attemptsTable(status),
    status.mfu === null ? null : `Score: **${status.mfu.toFixed(2)} % MFU**.`,
    status.error ? `**${status.error.code}**: ${status.error.message}\n\n${status.error.remedy}` : null,
    status.stages.map(({ stage, at }) => `- ${at} ${stage}`).join('\n'),
  ]
    .filter((part): part is string => part !== null && part !== '')
    .join('\n\n');
}

const attemptsTable = ({ attempts }: SubmissionStatus): string | null =>
  attempts.length === 0
    ? null
    : [
        '| attempt | verdict | MFU % | seconds |',
        '|---|---|---|---|',
        ...attempts.map(
          ({ number, outcome, mfu, seconds }) =>
            `| ${number} | ${outcome} | ${mfu?.toFixed(2) ?? ''} | ${seconds?.toFixed(2) ?? ''} |`,
        ),
      ].join('\n');
