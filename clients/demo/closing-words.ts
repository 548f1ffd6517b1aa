import type { SubmissionDetail } from '../../lib/store/index.js';
import { mfuText, fractionText } from '../cli/output/format.js';
import { styleFor } from '../cli/output/style.js';
import { renderTable } from '../cli/output/table.js';
import type { DemoOutcome } from './report.js';

/** What the demo ends with: every verdict, the leaderboard, the weights on chain, and where to look further. */
export function closingWords({
  committed,
  settled,
  leaderboard,
  weights,
  temporal,
  seconds,
}: DemoOutcome): string {
  const style = styleFor(process.stdout);
  const rows = committed.map(({ file, submissionId }) => {
    const detail = settled.find((one) => one.submissionId === submissionId);
    return { file, submissionId, detail };
  });
  const verdicts = renderTable(
    [
      { title: 'file', text: ({ file }) => file },
      { title: 'submission', text: ({ submissionId }) => submissionId },
      { title: 'stage', text: ({ detail }) => detail?.stage ?? '?' },
      { title: 'MFU', text: ({ detail }) => mfuText(detail?.mfu ?? null), align: 'right' },
      { title: 'attempts', text: ({ detail }) => attemptsText(detail) },
      { title: 'error', text: ({ detail }) => detail?.error?.code ?? '' },
    ],
    rows,
    style,
  );
  const { leader, threshold, mfuToBeat } = leaderboard.standing;
  const total = weights.reduce((sum, { value }) => sum + value, 0);
  const shares = weights
    .map(({ uid, value }) => `uid ${uid}: ${value} (${fractionText(value / Math.max(1, total))})`)
    .join(', ');
  return [
    '',
    verdicts,
    '',
    leader
      ? `Leader: uid ${leader.uid} with ${mfuText(leader.mfu)} MFU; to beat: ${mfuText(mfuToBeat)} (threshold ${fractionText(threshold)})`
      : 'No submission leads: all emissions are burnt.',
    `Weights read back from the chain: ${shares}`,
    '',
    `Temporal UI: ${temporal.ui ?? 'none'} (server ${temporal.address})`,
    `Seconds: set-up ${seconds.provision.toFixed(1)}, start ${seconds.start.toFixed(1)}, commit to settled ${seconds.settle.toFixed(1)}`,
  ].join('\n');
}

const attemptsText = (detail: SubmissionDetail | undefined): string =>
  (detail?.attempts ?? [])
    .map(({ mfu, outcome, error }) => (error === null ? mfuText(mfu) : outcome))
    .join(', ');
