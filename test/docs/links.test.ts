import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../clients/cli/program.js';
import { anchorsOf, exists, linksOf, markdownFiles, read, ROOT, shellLinesOf } from './pages.js';

const PAGES = markdownFiles();
const GUIDES = PAGES.filter((page) => page === 'README.md' || page.startsWith(path.join('docs', 'guides')));

/** Why a link of a page leads nowhere, or null. Addresses elsewhere are not looked up. */
const troubleWith = (page: string, link: string): string | null => {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return null;
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? page : path.join(path.dirname(page), decodeURIComponent(target));
  if (!exists(file)) return `${link}: there is no ${file}`;
  if (anchor === undefined || !file.endsWith('.md')) return null;
  return anchorsOf(read(file)).has(anchor) ? null : `${link}: ${file} has no heading for #${anchor}`;
};

/** Why a line of shell calls the program wrongly, or null: unknown command, option or number of arguments. */
const troubleWithCall = (words: readonly string[]): string | null => {
  let command: Command = createProgram('');
  let at = 0;
  while (command.commands.length > 0) {
    const next = command.commands.find((each) => each.name() === words[at]);
    // A command may have commands and take arguments itself: `benchmark FILE`, `benchmark setup`.
    if (!next && command.registeredArguments.length > 0) break;
    if (!next) return words[at] === '--help' ? null : `no command \`${words.slice(0, at + 1).join(' ')}\``;
    command = next;
    at += 1;
  }
  let given = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) {
      given += 1;
      continue;
    }
    const option = command.options.find(({ long, short }) => long === word || short === word);
    if (!option) return `\`${command.name()}\` has no option ${word}`;
    if (option.required || option.optional) at += 1;
  }
  const missing = command.options.find(
    ({ mandatory, long }) => mandatory && long && !words.includes(long),
  )?.long;
  if (missing) return `\`${command.name()}\` needs ${missing}`;
  const wanted = command.registeredArguments;
  if (given < wanted.filter(({ required }) => required).length)
    return `\`${command.name()}\` needs an argument`;
  const most = wanted.some(({ variadic }) => variadic) ? Infinity : wanted.length;
  return given > most ? `\`${command.name()}\` takes no ${given} arguments` : null;
};

/** Words of each call of the program in a line, quotes taken off. */
const callsIn = (line: string): readonly (readonly string[])[] =>
  line
    .split(/&&|\|\||[|;]/)
    .map((part) => [...part.matchAll(/"[^"]*"|'[^']*'|\S+/g)].map(([word]) => word.replaceAll(/["']/g, '')))
    .filter(([first]) => first === 'crusades' || first === './crusades')
    .map(([, ...words]) => words);

const npmScripts = Object.keys(
  (JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }).scripts,
);

describe('documentation', () => {
  for (const page of PAGES) {
    it(`has no dead link in ${page}`, () => {
      const dead = linksOf(read(page)).flatMap((link) => troubleWith(page, link) ?? []);
      assert.deepEqual(dead, []);
    });
  }

  for (const page of GUIDES) {
    it(`quotes only commands that exist in ${page}`, () => {
      const calls = shellLinesOf(read(page)).flatMap(callsIn);
      assert.deepEqual(
        calls.flatMap((words) => troubleWithCall(words) ?? []),
        [],
      );
      assert.ok(calls.length > 0, 'no command was found in its shell blocks');
    });

    it(`quotes only npm scripts and test files that exist in ${page}`, () => {
      const lines = shellLinesOf(read(page)).map((line) => line.split(/\s+/));
      const scripts = lines
        .filter(([npm]) => npm === 'npm')
        .map(([, verb = '', name = '']) => (verb === 'run' ? name : verb));
      assert.deepEqual(
        scripts.filter((name) => !npmScripts.includes(name)),
        [],
      );
      const files = lines.flat().filter((word) => /^(test|evaluator)\/.*\.(ts|py)$/.test(word));
      assert.deepEqual(
        files.filter((file) => !exists(file)),
        [],
      );
    });
  }

  it('would find a dead link, a heading that is gone and a command that never was', () => {
    assert.match(troubleWith('README.md', 'docs/nowhere.md') ?? '', /there is no/);
    assert.match(troubleWith('README.md', 'CONTRIBUTING.md#nowhere') ?? '', /no heading/);
    assert.equal(troubleWith('README.md', 'CONTRIBUTING.md#style-in-short'), null);
    assert.match(troubleWithCall(['fly']) ?? '', /no command/);
    assert.match(troubleWithCall(['ledger', 'burn']) ?? '', /no command/);
    assert.match(troubleWithCall(['status', '--loudly']) ?? '', /no option/);
    assert.match(troubleWithCall(['pause']) ?? '', /needs --reason/);
    assert.match(troubleWithCall(['verify']) ?? '', /needs an argument/);
    assert.equal(troubleWithCall(['status', '0123456789ab', '--watch']), null);
  });

  it('keeps its pictures below 200 KB', () => {
    const large = readdirSync(path.join(ROOT, 'docs/images')).filter(
      (name) => statSync(path.join(ROOT, 'docs/images', name)).size >= 200_000,
    );
    assert.deepEqual(large, []);
  });
});
