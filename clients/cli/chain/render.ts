import type { Drift } from '../../../lib/contract/index.js';
import type { Style } from '../output/style.js';
import { renderFacts, renderTable } from '../output/table.js';

/** How a node's runtime differs from a reference. */
export interface DriftReport {
  readonly endpoint: string;
  readonly chain: string;
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly metadataVersion: number;
  readonly metadataSha256: string;
  /** Spec version compared with. */
  readonly reference: number;
  readonly breaking: number;
  readonly differences: readonly Drift[];
  /** Harmless differences that are not listed. */
  readonly unlisted: number;
}

export const renderDrift = (report: DriftReport, style: Style): string => {
  const { differences } = report;
  const facts = renderFacts(
    [
      ['node', `${report.chain} at ${report.endpoint}`],
      ['genesis', report.genesisHash],
      ['runtime', `spec ${report.specVersion}, metadata ${report.metadataVersion}`],
      ['compared with', `spec ${report.reference}`],
      ['verdict', verdictOf(report)],
    ],
    style,
  );
  return differences.length === 0 ? facts : `${facts}\n\n${table(differences, style)}`;
};

const verdictOf = ({ breaking, differences, unlisted }: DriftReport): string => {
  const hidden = unlisted > 0 ? `; ${unlisted} that nothing depends on (--all)` : '';
  if (breaking > 0) return `${breaking} difference(s) that break what this program does${hidden}`;
  const tolerated = differences.filter(({ severity }) => severity === 'tolerated').length;
  return tolerated > 0
    ? `nothing breaks; ${tolerated} difference(s) to know of${hidden}`
    : `everything that is used is as expected${hidden}`;
};

const table = (differences: readonly Drift[], style: Style): string =>
  renderTable(
    [
      {
        title: '',
        text: ({ severity }) => severity,
        colour: ({ severity }, paint) => (severity === 'breaking' ? paint.red : String),
      },
      { title: 'kind', text: ({ kind }) => kind },
      { title: 'item', text: ({ item }) => item },
      { title: 'differs in', text: ({ aspect }) => aspect },
      { title: 'expected', text: ({ expected, actual }) => excerpt(expected, actual) },
      { title: 'found', text: ({ expected, actual }) => excerpt(actual, expected) },
      { title: '', text: ({ note }) => note ?? '' },
    ],
    differences,
    style,
  );

/** Characters of a layout that fit a column. */
const WIDTH = 44;
const LEAD = 12;

/** The part of a long text where it begins to differ from the other one. */
export const excerpt = (text: string | null, other: string | null): string => {
  if (text === null) return 'absent';
  if (text.length <= WIDTH) return text;
  let same = 0;
  while (same < text.length && text[same] === other?.[same]) same += 1;
  const start = Math.max(0, Math.min(same - LEAD, text.length - WIDTH));
  const end = start + WIDTH;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
};
