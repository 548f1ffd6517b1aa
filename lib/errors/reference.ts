import { CATALOGUE } from './catalogue/index.js';
import type { ErrorDefinition, ErrorStage } from './define.js';

/** The page docs/reference/errors.md: every entry of the catalogue, by stage. */
export const errorReference = (): string => {
  const entries = Object.entries<ErrorDefinition>(CATALOGUE);
  const stages = [...new Set(entries.map(([, { stage }]) => stage))].sort();
  return [
    '# Errors',
    '',
    'Generated from `lib/errors/catalogue` by `npm run docs`. Words in braces are filled in when the error occurs.',
    '',
    '- **fault**: who has to act; `unknown` when the record does not tell.',
    '- **retryable**: the same call may succeed later without anybody changing anything.',
    '- **final**: the submission ends with it.',
    '',
    ...stages.flatMap((stage) => [`## ${stage}`, '', ...rows(entries, stage), '']),
  ].join('\n');
};

const rows = (entries: readonly (readonly [string, ErrorDefinition])[], stage: ErrorStage): string[] => [
  '| code | fault | retryable | final | message | remedy |',
  '| --- | --- | --- | --- | --- | --- |',
  ...entries
    .filter(([, definition]) => definition.stage === stage)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { fault, retryable, final, message, remedy }]) =>
      [`| \`${code}\``, fault, yesNo(retryable), yesNo(final), cell(message), `${cell(remedy)} |`].join(
        ' | ',
      ),
    ),
];

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

const cell = (text: string): string =>
  text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '\\<');
