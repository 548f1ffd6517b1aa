import { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import { createProgram } from './program.js';

/** The page docs/reference/cli.md: every command with its arguments, options and notes. */
export const cliReference = (): string => {
  const program = createProgram('');
  return [
    '# Commands',
    '',
    'Generated from `clients/cli` by `npm run docs`. `./crusades COMMAND --help` says the same.',
    '',
    program.description(),
    '',
    ...notesOf(program),
    ...program.commands.filter(isDocumented).flatMap((command) => section(command, program.name(), 2)),
  ].join('\n');
};

const isDocumented = (command: Command): boolean => command.name() !== 'help';

const section = (command: Command, parent: string, depth: number): string[] => {
  const name = `${parent} ${command.name()}`;
  const inner = command.commands.filter(isDocumented);
  return [
    `${'#'.repeat(depth)} ${name}`,
    '',
    `${sentence(command.description())}`,
    '',
    ...(inner.length > 0 && command.registeredArguments.length === 0 ? [] : callOf(command, name)),
    ...argumentsOf(command.registeredArguments),
    ...optionsOf(command.options.filter(({ hidden }) => !hidden)),
    ...notesOf(command),
    ...inner.flatMap((each) => section(each, name, depth + 1)),
  ];
};

const callOf = (command: Command, name: string): string[] => [
  '```',
  `${name} ${command.usage()}`.trimEnd(),
  '```',
  '',
];

const argumentsOf = (list: readonly Argument[]): string[] =>
  list.length === 0
    ? []
    : [
        '| argument | meaning |',
        '| --- | --- |',
        ...list.map(
          (each) => `| \`${each.name()}\`${each.required ? '' : ' (optional)'} | ${cell(meaningOf(each))} |`,
        ),
        '',
      ];

const meaningOf = ({ description, argChoices }: Argument): string =>
  argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`;

const optionsOf = (list: readonly Option[]): string[] =>
  list.length === 0
    ? []
    : [
        '| option | meaning |',
        '| --- | --- |',
        ...list.map((each) => `| \`${each.flags}\` | ${cell(each.description)}${defaultOf(each)} |`),
        '',
      ];

const defaultOf = ({ defaultValue, mandatory }: Option): string => {
  if (mandatory) return ' (required)';
  return defaultValue === undefined ? '' : ` (default: ${JSON.stringify(defaultValue)})`;
};

/** What stands under the help: notes, exit codes, examples. Commander keeps it as listeners of the help's end. */
const notesOf = (command: Command): string[] => {
  // Its types leave out that it is one.
  if (!(command instanceof EventEmitter)) return [];
  let notes = '';
  command.emit('afterHelp', { error: false, command, write: (text: string) => (notes += text) });
  return notes.trim() === '' ? [] : ['```text', notes.replace(/^\n+|\s+$/g, ''), '```', ''];
};

const sentence = (text: string): string => {
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return capital.endsWith('.') ? capital : `${capital}.`;
};

const cell = (text: string): string =>
  text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '\\<');
