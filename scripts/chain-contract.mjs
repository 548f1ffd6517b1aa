// Writes the facts of a real runtime that this product depends on.   node scripts/chain-contract.mjs METADATA-FILE…
// METADATA-FILE: SCALE metadata of version 14, 15 or 16, beginning with `meta`, as `Metadata_metadata_at_version` answers
// it without its wrapper. Needs the built program. The newest reference also holds what only the devnet has.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import prettier from 'prettier';
import { ROOT } from './setup/project.mjs';

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('usage: node scripts/chain-contract.mjs METADATA-FILE…');
  process.exit(2);
}

const built = (module) => import(pathToFileURL(join(ROOT, 'dist', module)).href);
const { factsOf, namesIn, NEWEST_REFERENCE, restrictTo, TOUCHED, unionOf } =
  await built('lib/contract/index.js');
const { devnetMetadata } = await built('lib/devnet/index.js');
const simulated = namesIn(factsOf(devnetMetadata(15, 12_000)));

for (const file of files) {
  const facts = factsOf(readFileSync(file));
  const names = facts.specVersion === NEWEST_REFERENCE ? unionOf(TOUCHED, simulated) : TOUCHED;
  const path = `lib/contract/facts/subtensor-${facts.specVersion}.json`;
  const text = JSON.stringify(restrictTo(facts, names));
  const options = await prettier.resolveConfig(join(ROOT, path));
  writeFileSync(join(ROOT, path), await prettier.format(text, { ...options, filepath: path }));
  console.log(`${path}: spec ${facts.specVersion}, metadata ${facts.metadataVersion}`);
}
