import type { ReplayName } from '../activities/replay.js';
import type { FreshCommitment } from '../lib/admission/index.js';
import type { AttemptComparison } from '../lib/scoring/index.js';
import type { ReplayOutcome, ReplayStatus, Resemblance, SubmissionStatus } from './messages.js';

/** A submission's story in Markdown: the current details that the Temporal UI shows. */
export function describeStatus(status: SubmissionStatus, { key, revealAt }: FreshCommitment): string {
  return [
    `**${status.stage}** · submission \`${status.submissionId}\` of \`${key.hotkey}\`, block ${key.commitBlock}`,
    revealAt && status.stage === 'awaiting_reveal' ? `Reveal expected at ${revealAt}.` : null,
    status.waitsFor ? `Waits for ${status.waitsFor}.` : null,
    status.gpu ? `On ${status.gpu}.` : null,
    status.resembles ? resemblanceText(status.resembles) : null,
    status.evaluation > 1 ? `Evaluation ${status.evaluation}, asked for by an operator.` : null,
    attemptsTable(status),
    status.mfu === null ? null : `Score: **${status.mfu.toFixed(2)} % MFU**.`,
    status.error ? `**${status.error.code}**: ${status.error.message}\n\n${status.error.remedy}` : null,
    status.stages.map(({ stage, at }) => `- ${at} ${stage}`).join('\n'),
  ]
    .filter((part): part is string => part !== null && part !== '')
    .join('\n\n');
}

/** A replay in Markdown, in the end with everything that was compared. */
export function describeReplay(
  { submissionId, evaluation, number, n, requestedBy, reason }: ReplayName,
  status: ReplayStatus,
  result: Pick<ReplayOutcome, 'comparison' | 'error'> | null,
): string {
  const evaluated = evaluation > 1 ? ` of evaluation ${evaluation}` : '';
  return [
    `**${status.stage}** · replay ${n} of attempt ${number}${evaluated} of submission \`${submissionId}\``,
    `Asked for by ${requestedBy}${reason === null ? '' : `: ${reason}`}.`,
    status.waitsFor && `Waits for ${status.waitsFor}.`,
    status.gpu && `On ${status.gpu}.`,
    status.requeued > 0 ? `Queued again ${status.requeued} time(s), for want of its GPU.` : null,
    result?.error && `**${result.error.code}**: ${result.error.message}\n\n${result.error.remedy}`,
    result?.comparison && comparisonTable(result.comparison),
  ]
    .filter(Boolean)
    .join('\n\n');
}

const comparisonTable = ({ same, verdict, statistics, inputs }: AttemptComparison): string =>
  [
    same ? '**Same** as recorded, within noise.' : '**Differs** from the record.',
    '',
    '| | recorded | again | |',
    '|---|---|---|---|',
    ...[verdict, ...inputs].map(
      ({ name, recorded, replayed, differs }) =>
        `| ${name} | ${recorded ?? ''} | ${replayed ?? ''} | ${differs ? 'differs' : ''} |`,
    ),
    ...statistics.map(
      ({ name, recorded, replayed, result }) =>
        `| ${name} | ${recorded ?? ''} | ${replayed ?? ''} | ${result === 'same' ? '' : result.replace('_', ' ')} |`,
    ),
  ].join('\n');

const resemblanceText = ({ submissionId, hotkey, similarity }: Resemblance): string =>
  `Its code is a near-duplicate (${similarity.toFixed(2)} of 1) of submission \`${submissionId}\` of \`${hotkey}\`.`;

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
