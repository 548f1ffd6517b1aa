import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { explain, RUN_ITEMS, setUp } from './setup.mjs';

/** What a command needs beside the program itself, provisioned at its first use. */
const NEEDS = [
  { command: ['demo'], items: RUN_ITEMS },
  { command: ['up'], items: RUN_ITEMS },
  // Provisions an environment of its own, and needs no other.
  { command: ['benchmark', 'setup'], items: [] },
  { command: ['benchmark'], items: ['evaluator'] },
  { command: ['worker', 'gpu'], items: ['evaluator'] },
];

/**
 * Sets up what is missing or out of date, then runs the program in this process.
 *
 * @param {string} root of the checkout or the installed package
 * @param {readonly string[]} args of the program
 * @param {() => void} [whenSetUp]
 */
export async function runProgram(root, args, whenSetUp) {
  try {
    await setUp({ items: itemsFor(args) });
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    process.exit(3);
  }
  const main = join(root, 'dist/clients/cli/main.js');
  if (!existsSync(main)) {
    process.stderr.write(`The program is not built: ${main} is missing.\nRun \`npm run build\`.\n`);
    process.exit(3);
  }
  whenSetUp?.();
  process.argv = [process.argv[0], join(root, 'crusades'), ...args];
  await import(pathToFileURL(main).href);
}

function itemsFor(args) {
  if (args.includes('--help') || args.includes('-h')) return [];
  const need = NEEDS.find(({ command }) => command.every((word, index) => args[index] === word));
  return need?.items ?? [];
}
