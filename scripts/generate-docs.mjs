// Writes the pages that are made from code.   node scripts/generate-docs.mjs [--check]
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import prettier from 'prettier';
import { ROOT } from './setup/project.mjs';

/** Each page, and the exported function of the built program that returns its text: `() => string`, or a promise. */
const PAGES = [
  { page: 'docs/reference/cli.md', module: 'clients/cli/reference.js', generate: 'cliReference' },
  { page: 'docs/reference/errors.md', module: 'lib/errors/reference.js', generate: 'errorReference' },
  { page: 'docs/reference/scan-rules.md', module: 'lib/scan/reference.js', generate: 'scanReference' },
  { page: 'docs/reference/settings.md', module: 'lib/settings/reference.js', generate: 'settingsReference' },
  {
    page: 'docs/reference/hparams.schema.json',
    module: 'lib/settings/reference.js',
    generate: 'hparamsJsonSchema',
  },
  {
    page: 'docs/reference/temporal.schema.json',
    module: 'lib/settings/reference.js',
    generate: 'temporalJsonSchema',
  },
];

const check = process.argv.includes('--check');
const outdated = [];
for (const { page, module, generate } of PAGES) {
  const source = await import(pathToFileURL(join(ROOT, 'dist', module)).href);
  const file = join(ROOT, page);
  const options = await prettier.resolveConfig(file);
  const text = await prettier.format(await source[generate](), { ...options, filepath: file });
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  outdated.push(page);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const verb = check ? 'out of date, run `npm run docs`' : 'written';
for (const page of outdated) console.log(`${page}: ${verb}`);
if (check && outdated.length > 0) process.exitCode = 1;
