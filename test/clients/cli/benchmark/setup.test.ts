import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareCorpus, type CorpusRequest } from '../../../../clients/cli/benchmark/prepare-corpus.js';
import { paths, projectRoot } from '../../../../lib/provision/index.js';
import { withEnvironment } from '../../../support/environment.js';
import { runProgram } from '../../../support/program.js';
import { skip } from '../../../support/skip.js';
import { holdsWithin, isRunning } from '../../../support/wait.js';

const EOS = '<|endoftext|>';
/** A tokenizer of two words, in the format of tokenizers. */
const TOKENIZER = {
  version: '1.0',
  ...{ truncation: null, padding: null, normalizer: null, post_processor: null, decoder: null },
  added_tokens: [
    {
      id: 0,
      content: EOS,
      special: true,
      normalized: false,
      single_word: false,
      lstrip: false,
      rstrip: false,
    },
  ],
  pre_tokenizer: { type: 'WhitespaceSplit' },
  model: { type: 'WordLevel', vocab: { [EOS]: 0, one: 1, two: 2 }, unk_token: 'one' },
};

describe('crusades benchmark setup', function () {
  this.timeout(150_000);
  let folder = '';
  const at = (name: string): string => path.join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'crusades-corpus-'));
    const local = JSON.parse(readFileSync('hparams/local.json', 'utf8')) as Record<string, unknown>;
    writeFileSync(at('hparams.json'), JSON.stringify({ ...local, benchmark_dataset_name: 'a/set' }));
    writeFileSync(at('tokenizer.json'), JSON.stringify(TOKENIZER));
    mkdirSync(at('texts'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const request = (python: string): CorpusRequest => ({
    ...{ python, sourceDir: path.join(projectRoot(), 'evaluator/src'), hparams: at('hparams.json') },
    ...{ text: at('texts'), tokenizer: at('tokenizer.json'), folder: at('corpora') },
    quiet: true,
  });

  /** An interpreter as far as its exit and output go. */
  const shell = (script: string): string => {
    writeFileSync(at('python'), `#!/bin/sh\n${script}\n`);
    chmodSync(at('python'), 0o755);
    return at('python');
  };

  const never = new AbortController().signal;

  it('packs a folder of text with a local tokenizer, and says what it wrote', async function () {
    const { evaluatorDevPython, evaluatorPython } = paths();
    const python =
      evaluatorDevPython ?? evaluatorPython ?? skip(this, 'the evaluator’s environment is missing');
    await assert.rejects(prepareCorpus(request(python), never), {
      code: 'corpus_not_prepared',
      message: /texts has no documents: put .*\.jsonl.*files there/,
    });
    writeFileSync(at('texts/a.txt'), 'one two '.repeat(4_000));
    writeFileSync(at('texts/b.md'), 'two '.repeat(500));
    const corpus = await prepareCorpus(request(python), never);
    assert.deepEqual([corpus.documents, corpus.tokens, corpus.dataset], [2, 8_501, 'a/set']);
    assert.equal(readFileSync(corpus.file).length, 2 * corpus.tokens);
    assert.equal(path.dirname(corpus.file), at('corpora'));
  });

  it('gives the hub’s token to the preparation, and none of the program’s own secrets', async () => {
    const python = shell(`env > "${at('env')}"; exit 3`);
    await withEnvironment({ HF_TOKEN: 'hf_x', DATABASE_URL: 'postgres://a:secret@b/c' }, () =>
      assert.rejects(prepareCorpus(request(python), never), { message: /ended with 3 and without a reason/ }),
    );
    const env = readFileSync(at('env'), 'utf8');
    assert.match(env, /^HF_TOKEN=hf_x$/m);
    assert.doesNotMatch(env, /secret|DATABASE_URL/);
  });

  it('interrupts the preparation when it is aborted, and leaves no process', async () => {
    const python = shell(`trap 'exit 130' INT; echo $$ > "${at('pid')}"; while :; do sleep 0.1; done`);
    const controller = new AbortController();
    const running = prepareCorpus(request(python), controller.signal);
    const written = (): boolean => existsSync(at('pid')) && readFileSync(at('pid'), 'utf8') !== '';
    assert.ok(await holdsWithin(10, written));
    controller.abort(new Error('Ctrl-C'));
    await assert.rejects(running, /Ctrl-C/);
    assert.equal(isRunning(Number(readFileSync(at('pid'), 'utf8'))), false);
  });

  for (const [what, args, reason] of [
    ['settings that use synthetic text', ['--hparams', 'hparams/local.json'], /nothing to prepare/],
    ['a folder that is not there', ['--text', '/nowhere'], /--text: \/nowhere is not a folder/],
    ['a tokenizer that is not there', ['--tokenizer', '/nowhere'], /--tokenizer: \/nowhere is not there/],
    ['settings that are not there', ['--hparams', '/nowhere.json'], /nowhere\.json/],
    ['an argument too many', ['texts'], /too many arguments/],
  ] as const) {
    it(`ends with 2 for ${what}, before anything is downloaded`, async () => {
      const env = { CRUSADES_CACHE_DIR: at('cache') };
      const { code, stdout, stderr } = await runProgram(['benchmark', 'setup', ...args], { env });
      assert.equal(code, 2, stderr);
      assert.match(stderr, reason);
      assert.equal(stdout, '');
      assert.equal(existsSync(at('cache')), false);
    });
  }

  it('leaves `crusades benchmark FILE` as it is', async () => {
    const { code, stderr } = await runProgram(['benchmark', '--attempts', '1', '/nowhere/setup.py']);
    assert.equal(code, 2);
    assert.match(stderr, /\/nowhere\/setup\.py cannot be read/);
  });
});
