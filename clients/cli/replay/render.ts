import type { AttemptComparison, FactPair, Pair, StatisticPair } from '../../../lib/scoring/index.js';
import { mfuText, numberText, secondsText } from '../output/format.js';
import type { Style } from '../output/style.js';
import { renderTable } from '../output/table.js';
import { limitsText } from '../show/render.js';

/** The record and the replay side by side, and in one line what that means. */
export const renderComparison = (comparison: AttemptComparison, style: Style): string =>
  [
    renderFactPairs(comparison, style),
    comparison.statistics.length > 0 ? renderStatisticPairs(comparison.statistics, style) : null,
    summary(comparison, style),
  ]
    .filter((part) => part !== null)
    .join('\n\n');

/** `same`, or everything that is not. */
export const differencesText = ({ same, verdict, inputs, statistics }: AttemptComparison): string =>
  same
    ? 'same'
    : `differs: ${[
        ...[verdict, ...inputs].filter(({ differs }) => differs).map(({ name }) => wordsFor(name)),
        ...statistics.filter(({ result }) => CHANGED.includes(result)).map(({ name }) => name),
      ].join(', ')}`;

const CHANGED: readonly StatisticPair['result'][] = ['differs', 'only_recorded'];

interface Row {
  readonly name: string;
  readonly recorded: string;
  readonly replayed: string;
  readonly remark: string;
}

const renderFactPairs = (
  { verdict, measured, inputs, versions }: AttemptComparison,
  style: Style,
): string => {
  const rows: Row[] = [
    factRow(verdict, 'DIFFERS'),
    ...measured.map(measuredRow),
    ...inputs.map((pair) => factRow(pair, 'DIFFERS')),
    ...versions.map((pair) => factRow(pair, 'another one')),
  ].filter(({ recorded, replayed }) => recorded !== '' || replayed !== '');
  return renderTable(
    [
      { title: '', text: ({ name }) => name },
      { title: 'recorded', text: ({ recorded }) => recorded },
      { title: 'again', text: ({ replayed }) => replayed },
      {
        title: '',
        text: ({ remark }) => remark,
        colour: ({ remark }, paint) => (remark === 'DIFFERS' ? paint.red : paint.yellow),
      },
    ],
    rows,
    style,
  );
};

const factRow = ({ name, recorded, replayed, differs }: FactPair, word: string): Row => ({
  name: wordsFor(name),
  recorded: digestText(name, recorded),
  replayed: digestText(name, replayed),
  remark: differs ? word : '',
});

const measuredRow = ({ name, recorded, replayed }: Pair<number>): Row => {
  const text = MEASURED_TEXTS[name] ?? numberText;
  return { name: wordsFor(name), recorded: text(recorded), replayed: text(replayed), remark: '' };
};

const MEASURED_TEXTS: Readonly<Record<string, (value: number | null) => string>> = {
  mfu: mfuText,
  seconds: secondsText,
};

const WORDS: Readonly<Record<string, string>> = {
  mfu: 'MFU',
  seconds: 'timed window',
  final_loss: 'claimed loss',
  weights_digest: 'weights',
  tokens_digest: 'tokens',
  name: 'device',
};

const wordsFor = (name: string): string => WORDS[name] ?? name;

/** As much of a digest as tells two apart. */
const digestText = (name: string, value: string | null): string =>
  name.endsWith('_digest') ? (value ?? '').slice(0, 16) : (value ?? '');

const renderStatisticPairs = (statistics: readonly StatisticPair[], style: Style): string =>
  renderTable(
    [
      { title: 'statistic', text: ({ name }) => name },
      { title: 'recorded', align: 'right', text: ({ recorded }) => numberText(recorded) },
      { title: 'again', align: 'right', text: ({ replayed }) => numberText(replayed) },
      { title: 'limits', text: (pair) => limitsText(pair) },
      { title: 'noise', align: 'right', text: ({ noise }) => String(Number(noise.toPrecision(2))) },
      {
        title: '',
        text: ({ result }) => RESULTS[result],
        colour: ({ result }, paint) => (CHANGED.includes(result) ? paint.red : String),
      },
    ],
    statistics,
    style,
  );

const RESULTS: Readonly<Record<StatisticPair['result'], string>> = {
  same: 'within noise',
  differs: 'DIFFERS',
  only_recorded: 'NOT MEASURED AGAIN',
  only_replayed: 'not in the record',
};

const summary = (comparison: AttemptComparison, style: Style): string =>
  comparison.same
    ? style.green('The same verdict, and every statistic within noise.')
    : style.red(`It ${differencesText(comparison)}.`);
