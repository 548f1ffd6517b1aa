import type { Argument, Command, Option } from 'commander';
import type { Shell } from '../completion.js';

/** One command with its words, as a shell must know it: `weights show`. */
interface Word {
  /** Names from the program down; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    readonly takesValue: boolean;
  }[];
  /** Values that the first argument may have; null: files. */
  readonly choices: readonly string[] | null;
}

/** The completion script of a shell, made from the program's commands and options. */
export const completionScript = (program: Command, shell: Shell): string => {
  const words = wordsOf(program, []);
  switch (shell) {
    case 'bash':
      return bashScript(program.name(), words);
    case 'zsh':
      // zsh runs bash's completions; one generator then serves both.
      return zshScript(program.name(), words);
    case 'fish':
      return fishScript(program.name(), words);
  }
};

const wordsOf = (command: Command, path: readonly string[]): Word[] => {
  const subcommands = command.commands.filter((each) => each.name() !== 'help');
  return [
    {
      path,
      description: command.description(),
      subcommands: subcommands.map((each) => ({ name: each.name(), description: each.description() })),
      options: [
        ...command.options.map(optionWord),
        { flag: '--help', description: 'display help', takesValue: false },
      ],
      choices: choicesOf(command.registeredArguments[0]),
    },
    ...subcommands.flatMap((each) => wordsOf(each, [...path, each.name()])),
  ];
};

const optionWord = ({ long, short, description, required, optional }: Option) => ({
  flag: long ?? short ?? '',
  description,
  takesValue: required || optional,
});

const choicesOf = (argument: Argument | undefined): readonly string[] | null =>
  argument?.argChoices === undefined ? null : argument.argChoices;

const bashScript = (name: string, words: readonly Word[]): string => `# ${name}: completion for bash
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at="" word candidates takes
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
${words
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      "${parentKey(path)} ${path.at(-1) ?? ''}") at="${key(path)}" ;;`)
  .join('\n')}
    esac
  done
  candidates=""
  takes=""
  case "$at" in
${words.map(bashCase).join('\n')}
  esac
  COMPREPLY=()
  case " $takes " in *" $previous "*) COMPREPLY=($(compgen -f -- "$current")); return ;; esac
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _${name} ${name} ./${name}
`;

const bashCase = ({ path, subcommands, options, choices }: Word): string => {
  const candidates = [
    ...subcommands.map((each) => each.name),
    ...(choices ?? []),
    ...options.map(({ flag }) => flag),
  ];
  const takes = options.filter(({ takesValue }) => takesValue).map(({ flag }) => flag);
  return `    "${key(path)}") candidates="${candidates.join(' ')}"; takes="${takes.join(' ')}" ;;`;
};

const key = (path: readonly string[]): string => path.map((name) => `/${name}`).join('');

const parentKey = (path: readonly string[]): string => key(path.slice(0, -1));

const zshScript = (name: string, words: readonly Word[]): string => `#compdef ${name}
# ${name}: completion for zsh
_${name}() {
  local at="" word
  local -a candidates takes
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
${words
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      "${parentKey(path)} ${path.at(-1) ?? ''}") at="${key(path)}" ;;`)
  .join('\n')}
    esac
  done
  case "$at" in
${words.map(zshCase).join('\n')}
  esac
  if (( \${takes[(Ie)\${words[CURRENT-1]}]} )); then _files; return; fi
  _describe '${name}' candidates || _files
}
if [ "$funcstack[1]" = "_${name}" ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;

const zshCase = ({ path, subcommands, options, choices }: Word): string => {
  const candidates = [
    ...subcommands.map((each) => `${each.name}:${each.description}`),
    ...(choices ?? []),
    ...options.map(({ flag, description }) => `${flag}:${description}`),
  ].map(quoted);
  const takes = options.filter(({ takesValue }) => takesValue).map(({ flag }) => flag);
  return `    "${key(path)}") candidates=(${candidates.join(' ')}); takes=(${takes.join(' ')}) ;;`;
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const fishScript = (name: string, words: readonly Word[]): string =>
  [
    `# ${name}: completion for fish`,
    `complete -c ${name} -e`,
    ...words.flatMap((word) => fishLines(name, word)),
    '',
  ].join('\n');

const fishLines = (name: string, { path, subcommands, options, choices }: Word): string[] => {
  const names = subcommands.map((each) => each.name);
  const seen = path.map((each) => `__fish_seen_subcommand_from ${each}`);
  const unseen = names.length > 0 ? [`not __fish_seen_subcommand_from ${names.join(' ')}`] : [];
  const condition = path.length === 0 ? '__fish_use_subcommand' : [...seen, ...unseen].join('; and ');
  const entry = (rest: string, description: string): string =>
    `complete -c ${name} -n ${quoted(condition)} ${rest}${description === '' ? '' : ` -d ${fishQuoted(description)}`}`;
  return [
    ...subcommands.map((each) => entry(`-f -a ${each.name}`, each.description)),
    ...(choices ?? []).map((choice) => entry(`-f -a ${choice}`, '')),
    ...options
      .filter(({ flag }) => flag.startsWith('--'))
      .map(({ flag, description, takesValue }) =>
        entry(`-l ${flag.slice(2)}${takesValue ? ' -r' : ''}`, description),
      ),
  ];
};

const fishQuoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
