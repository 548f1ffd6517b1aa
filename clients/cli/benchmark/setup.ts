import { statSync } from 'node:fs';
import path from 'node:path';
import { crusadesError } from '../../../lib/errors/index.js';
import { paths, projectRoot, provision } from '../../../lib/provision/index.js';
import { loadSettings, packaged } from '../../../lib/settings/index.js';
import { EXIT } from '../action.js';
import type { BenchmarkSetupOptions } from '../benchmark.js';
import { printJson } from '../output/json.js';
import { note, print } from '../output/print.js';
import { styleFor, type Style } from '../output/style.js';
import { renderFacts } from '../output/table.js';
import { prepareCorpus, type PreparedCorpus } from './prepare-corpus.js';

/** @returns 0; whatever goes wrong is thrown */
export async function benchmarkSetup(options: BenchmarkSetupOptions, signal: AbortSignal): Promise<number> {
  const hparams = path.resolve(
    options.hparams ?? (process.env['CRUSADES_HPARAMS'] || packaged('hparams/hparams.json')),
  );
  checkArguments(options, hparams);
  const python = await corpusPython(signal);
  const corpus = await prepareCorpus(
    {
      ...{ python, sourceDir: path.join(projectRoot(), 'evaluator/src'), hparams },
      ...{ text: options.text, tokenizer: options.tokenizer, folder: paths().corpora },
    },
    signal,
  );
  if (options.json) printJson(corpus);
  else print(renderCorpus(corpus, styleFor(process.stdout)));
  return EXIT.good;
}

/** @throws `settings_invalid`, `argument_invalid`: before anything is downloaded */
const checkArguments = ({ text, tokenizer }: BenchmarkSetupOptions, hparamsPath: string): void => {
  const { hparams } = loadSettings({ hparamsPath });
  if (hparams.benchmark_dataset_name === 'synthetic') {
    throw crusadesError('argument_invalid', {
      argument: '--hparams',
      reason: 'these settings use synthetic text, so there is nothing to prepare; choose others',
    });
  }
  if (text !== undefined && !statSync(text, { throwIfNoEntry: false })?.isDirectory()) {
    throw crusadesError('argument_invalid', { argument: '--text', reason: `${text} is not a folder` });
  }
  if (tokenizer !== undefined && !statSync(tokenizer, { throwIfNoEntry: false })) {
    throw crusadesError('argument_invalid', { argument: '--tokenizer', reason: `${tokenizer} is not there` });
  }
};

/** @throws `provision_failed` */
const corpusPython = async (signal: AbortSignal): Promise<string> => {
  const { HF_TOKEN: _, ...env } = process.env;
  await provision(['corpus'], {
    onProgress: ({ title, state, note: what }) => note(`${title}: ${what ?? state}`),
    onWait: (pid) => note(`waiting for another set-up (process ${pid}) …`),
    signal,
    env,
  });
  const { corpusPython: python } = paths();
  if (python === null) throw crusadesError('evaluator_missing', { reason: 'it was not installed' });
  return python;
};

const SOURCES: Readonly<Record<PreparedCorpus['source'], string>> = {
  hub: 'from the hub',
  'text folder': 'from a folder of text',
};

const renderCorpus = (corpus: PreparedCorpus, style: Style): string => {
  const { dataset, split, source, documents, tokens } = corpus;
  const facts = renderFacts(
    [
      ['data set', `${dataset}, split ${split}, ${SOURCES[source]}`],
      ['tokenizer', `${corpus.tokenizer}, tokens below ${corpus.vocabulary}`],
      ['content', `${documents.toLocaleString('en')} documents, ${tokens.toLocaleString('en')} tokens`],
      ['file', corpus.file],
      ['sha256', corpus.sha256],
    ],
    style,
  );
  return `${facts}\n\n${style.green('The corpus is ready.')} ${NEXT}`;
};

const NEXT =
  'GPU workers of this host use it from their next start on: restart those that run. Prepare it on every GPU host, ' +
  'and compare the sha256: it must be the same.';
