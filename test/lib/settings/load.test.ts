import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse, stringify } from 'yaml';

import { CrusadesError } from '../../../lib/errors/index.js';
import {
  competitionSettings,
  loadSettings,
  packaged,
  settingsHash,
  type SettingsProblem,
  type SettingsSources,
} from '../../../lib/settings/index.js';

type Tree = Record<string, unknown>;

describe('loadSettings', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crusades-settings-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A copy of one of the program's files with changes at dotted paths; undefined takes the key out. */
  const changed = async (file: string, changes: Tree): Promise<string> => {
    const tree = parse(await readFile(packaged(file), 'utf8')) as Tree;
    for (const [path, value] of Object.entries(changes)) {
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      const parent = keys.reduce<Tree>((inner, key) => inner[key] as Tree, tree);
      if (value === undefined) delete parent[last];
      else parent[last] = value;
    }
    const copy = join(folder, `${Math.random()}-${file.replace('/', '-')}`);
    await writeFile(copy, file.endsWith('.json') ? JSON.stringify(tree) : stringify(tree));
    return copy;
  };

  const problemsOf = (sources: SettingsSources): SettingsProblem[] => {
    try {
      loadSettings({ env: {}, ...sources });
    } catch (error) {
      assert.ok(error instanceof CrusadesError);
      assert.equal(error.code, 'settings_invalid');
      return error.details['findings'] as SettingsProblem[];
    }
    return [];
  };
  const problemsIn = async (file: string, changes: Tree): Promise<(string | null)[][]> => {
    const path = await changed(file, changes);
    const sources = file.startsWith('hparams') ? { hparamsPath: path } : { temporalPath: path };
    return problemsOf(sources).map(({ key, wrong, allowed }) => [key, wrong, allowed]);
  };

  it('reads the competition that is asked for in the product’s definition', () => {
    const { hparams } = loadSettings({ env: {} });
    assert.equal(hparams.netuid, 3);
    assert.equal(hparams.burn_rate, 0.95);
    assert.equal(hparams.evaluation_runs, 5);
    assert.deepEqual(hparams.adaptive_threshold, {
      base_threshold: 0.01,
      decay_percent: 0.05,
      decay_interval_blocks: 100,
    });
    assert.deepEqual(hparams.fetch, { allow_private_addresses: false, ports: [80, 443], max_bytes: 500_000 });
    assert.equal(hparams.payment.fee_rao, 50_000_000);
  });

  it('reads the laptop’s profile as the evaluator has tuned it', async () => {
    const { hparams } = loadSettings({ env: {}, hparamsPath: packaged('hparams/local.json') });
    const tuned = JSON.parse(
      await readFile(packaged('evaluator/calibration/local-profile.json'), 'utf8'),
    ) as { model: Tree; data: Tree; limits: Tree; deadlines_s: Tree; memory_bytes: number };
    assert.deepEqual(hparams.model, tuned.model);
    assert.deepEqual(hparams.verification.limits, tuned.limits);
    assert.deepEqual(hparams.verification.deadlines_s, tuned.deadlines_s);
    assert.equal(hparams.verification.memory_bytes, tuned.memory_bytes);
    assert.deepEqual(tuned.data, {
      corpus: hparams.benchmark_dataset_name,
      sequence_length: hparams.benchmark_sequence_length,
      batch_size: hparams.benchmark_batch_size,
      steps: hparams.eval_steps,
    });
  });

  it('turns durations into milliseconds', async () => {
    const path = await changed('temporal.yaml', {
      'activities.runAttempt.start_to_close': '1.5h',
      'activities.runAttempt.heartbeat': '250ms',
    });
    const { activities } = loadSettings({ env: {}, temporalPath: path }).temporal;
    assert.equal(activities.runAttempt.start_to_close, 5_400_000);
    assert.equal(activities.runAttempt.heartbeat, 250);
  });

  it('lets the environment override how Temporal is reached', () => {
    const env = {
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_TLS: 'true',
      TEMPORAL_NAMESPACE: 'crusades',
    };
    const { temporal } = loadSettings({ env });
    assert.equal(temporal.address, 'temporal.example:7233');
    assert.equal(temporal.namespace, 'crusades');
    assert.equal(temporal.tls.enabled, true);
  });

  it('takes several endpoints of the chain in the order of preference', () => {
    const { environment } = loadSettings({
      env: {
        CRUSADES_ENDPOINT: 'ws://127.0.0.1:9944, wss://b.example:443,ws://c:1',
        CRUSADES_ARCHIVE_ENDPOINT: 'wss://archive.example',
        CRUSADES_GENESIS: `0x${'ab'.repeat(32)}`,
        CRUSADES_DRAND_URL: 'https://a.example,http://127.0.0.1:8080/own',
      },
    });
    assert.equal(environment.endpoint, 'ws://127.0.0.1:9944');
    assert.deepEqual(environment.fallbacks, ['wss://b.example:443', 'ws://c:1']);
    assert.equal(environment.archive, 'wss://archive.example');
    assert.equal(environment.genesisHash, `0x${'ab'.repeat(32)}`);
    assert.deepEqual(environment.drandUrls, ['https://a.example', 'http://127.0.0.1:8080/own']);
  });

  it('refuses what is no address of a chain, an archive, a genesis or a beacon', () => {
    const env = {
      CRUSADES_ENDPOINT: 'ws://127.0.0.1:9944,http://b',
      CRUSADES_ARCHIVE_ENDPOINT: 'http://archive',
      CRUSADES_GENESIS: '0x12',
      CRUSADES_DRAND_URL: 'ws://a',
    };
    assert.deepEqual(
      problemsOf({ env })
        .map(({ key }) => key)
        .sort(),
      Object.keys(env).sort(),
    );
  });

  it('takes empty variables for variables that are not set', () => {
    const { environment } = loadSettings({ env: { DATABASE_URL: '', CRUSADES_NETWORK: '' } });
    assert.equal(environment.databaseUrl, null);
    assert.equal(environment.network, 'finney');
  });

  it('finds its files by the environment, too', async () => {
    const path = await changed('hparams/local.json', { netuid: 77 });
    assert.equal(loadSettings({ env: { CRUSADES_HPARAMS: path } }).hparams.netuid, 77);
  });

  it('reports ten mistakes in three places at once, each with its file, key and range', async () => {
    const hparamsPath = await changed('hparams/hparams.json', {
      netuid: 70_000,
      burn_rate: 'most',
      evaluation_runs: undefined,
      evalution_runs: 5,
      'mfu.min_mfu': -1,
      'payment.enabled': true,
      'payment.fee_rao': 0,
    });
    const temporalPath = await changed('temporal.yaml', {
      address: 'localhost',
      'activities.runAttempt.heartbeat': 20,
      'activities.holdGpu.retry.backoff': 0.5,
    });
    const env = { DATABASE_URL: 'mysql://user:hunter2@host/crusades' };
    assert.throws(
      () => loadSettings({ env, hparamsPath, temporalPath }),
      (error: CrusadesError) => {
        const text = error.message;
        assert.match(text, /^10 problem\(s\) in the settings:\n/);
        assert.match(
          text,
          /hparams\.json, netuid: 70000 is not allowed \(allowed: whole number, 0 to 65535\)/,
        );
        assert.match(text, /hparams\.json, burn_rate: "most" is not allowed \(allowed: number, 0 to 1\)/);
        assert.match(text, /evaluation_runs: is missing \(allowed: whole number, 1 to 25\)/);
        assert.match(text, /evalution_runs: is not a key of this file \(allowed: evaluation_runs, /);
        assert.match(text, /mfu\.min_mfu: -1 is not allowed \(allowed: number, 0 to 100\)/);
        assert.match(text, /payment\.fee_rao: must be at least 2500000 while payment\.enabled is true/);
        assert.match(text, /temporal\.yaml, address: "localhost" is not allowed .*127\.0\.0\.1:7233/);
        assert.match(text, /runAttempt\.heartbeat: 20 is not allowed \(allowed: .*30s/);
        assert.match(text, /holdGpu\.retry\.backoff: 0\.5 is not allowed \(allowed: number, 1 to 100\)/);
        assert.match(text, /environment, DATABASE_URL: is not allowed \(allowed: .*postgres:\/\//);
        assert.doesNotMatch(JSON.stringify(error.report()), /hunter2/);
        return true;
      },
    );
  });

  it('refuses limits that contradict each other', async () => {
    assert.deepEqual(await problemsIn('hparams/hparams.json', { 'mfu.min_mfu': 80 }), [
      ['mfu.min_mfu', 'must be below max_plausible_mfu', null],
    ]);
    assert.deepEqual(await problemsIn('temporal.yaml', { 'activities.holdGpu.heartbeat': '7h' }), [
      ['activities.holdGpu.heartbeat', 'must be shorter than start_to_close', null],
    ]);
    assert.deepEqual(await problemsIn('temporal.yaml', { 'tls.key_file': 'key.pem' }), [
      ['tls.key_file', 'certificate_file and key_file belong together: set both or neither', null],
    ]);
  });

  it('refuses keys of different groups and files that contradict each other', async () => {
    const hparamsPath = await changed('hparams/hparams.json', {
      benchmark_sequence_length: 65_536,
      'model.config.num_attention_heads': 15,
      'mfu.gpu_peak_tflops': {},
      eval_timeout: 500,
    });
    const temporalPath = await changed('temporal.yaml', {
      'activities.runAttempt.start_to_close': '8m',
      'workers.gpu_shutdown_grace': '1m',
    });
    const problems = problemsOf({ hparamsPath, temporalPath });
    assert.deepEqual(
      problems.map(({ key }) => key),
      [
        'benchmark_sequence_length',
        'model.config.hidden_size',
        'model.config.num_attention_heads',
        'mfu.gpu_peak_tflops',
        'eval_timeout',
        'activities.runAttempt.start_to_close',
        'workers.gpu_shutdown_grace',
      ],
    );
  });

  it('takes any causal model of transformers, with whatever keys its configuration has', async () => {
    const model = {
      architecture: 'gpt2',
      config: { vocab_size: 512, n_embd: 64, activation_function: 'gelu_new', rope_scaling: { factor: [2] } },
      dtype: 'bfloat16',
      weights: '/srv/weights',
      logit_spread: 3,
    };
    const hparamsPath = await changed('hparams/hparams.json', { model });
    assert.deepEqual(loadSettings({ env: {}, hparamsPath }).hparams.model, model);
  });

  it('refuses a model without vocabulary, known keys of a wrong type and weights that are no absolute path', async () => {
    const problems = await problemsIn('hparams/hparams.json', {
      'model.architecture': 'Qwen2ForCausalLM',
      'model.config.vocab_size': undefined,
      'model.config.hidden_size': '2048',
      'model.weights': 'weights',
      'model.logit_spread': 0.1,
    });
    assert.deepEqual(
      problems.map(([key, wrong]) => [key, wrong]),
      [
        ['model.architecture', '"Qwen2ForCausalLM" is not allowed'],
        ['model.config.vocab_size', 'is missing'],
        ['model.config.hidden_size', '"2048" is not allowed'],
        ['model.weights', '"weights" is not allowed'],
        ['model.logit_spread', '0.1 is not allowed'],
      ],
    );
  });

  it('lets heads have a width of their own where the configuration names it', async () => {
    const hparamsPath = await changed('hparams/hparams.json', {
      'model.config.num_attention_heads': 24,
      'model.config.head_dim': 128,
    });
    assert.equal(loadSettings({ env: {}, hparamsPath }).hparams.model.config['head_dim'], 128);
  });

  it('refuses an activity that nobody knows, and the lack of one that is needed', async () => {
    const tuning = {
      start_to_close: '1s',
      retry: { initial: '1s', backoff: 1, maximum_interval: '1s', maximum_attempts: 0 },
    };
    const problems = await problemsIn('temporal.yaml', {
      'activities.fetchCode': undefined,
      'activities.fetchCoode': tuning,
    });
    assert.deepEqual(
      problems.map(([key, wrong]) => [key, wrong]),
      [
        ['activities.fetchCode', 'is missing'],
        ['activities.fetchCoode', 'is not a key of this file'],
      ],
    );
  });

  it('refuses more search attributes than a namespace has room for', async () => {
    const [problem] = await problemsIn('temporal.yaml', { 'search_attributes.CrusadesOne': 'Int' });
    assert.deepEqual(problem, [
      'search_attributes',
      'has 4 attributes of type Int, at most 3 are possible',
      null,
    ]);
  });

  it('names the line of a file that cannot be parsed, and a key that stands twice', async () => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{\n  "netuid": 3,\n  "netuid": 4,\n');
    const problems = problemsOf({ hparamsPath: broken });
    assert.ok(problems.every(({ file }) => file === 'broken.json'));
    assert.ok(problems.some(({ wrong }) => /unique at line 3/.test(wrong)));
    assert.ok(problems.length >= 2);
  });

  it('names a file that is not there', () => {
    const [problem] = problemsOf({ hparamsPath: join(folder, 'missing.json') });
    assert.match(problem?.wrong ?? '', /^cannot be read: ENOENT/);
  });

  it('refuses a file whose content is no group of keys', async () => {
    for (const content of ['', '[]', '3', 'null']) {
      const path = join(folder, 'odd.json');
      await writeFile(path, content);
      assert.equal(problemsOf({ hparamsPath: path }).length > 0, true, content);
    }
  });
});

describe('competitionSettings', () => {
  const { hparams } = loadSettings({ env: {} });

  it('is a frozen copy', () => {
    const frozen = competitionSettings(hparams);
    assert.deepEqual(frozen.hparams, hparams);
    assert.notEqual(frozen.hparams, hparams);
    assert.throws(() => Object.assign(frozen.hparams.mfu, { min_mfu: 0 }), TypeError);
  });

  it('survives the journey through JSON with its hash', () => {
    const frozen = competitionSettings(hparams);
    const arrived = JSON.parse(JSON.stringify(frozen)) as typeof frozen;
    assert.deepEqual(arrived, frozen);
    assert.equal(settingsHash(arrived.hparams), frozen.hash);
  });

  it('has one hash whatever the order of the keys, and another one for any other value', () => {
    const reversed = Object.fromEntries(Object.entries(hparams).reverse()) as typeof hparams;
    assert.equal(settingsHash(reversed), settingsHash(hparams));
    assert.notEqual(settingsHash({ ...hparams, burn_uid: 2 }), settingsHash(hparams));
    assert.match(settingsHash(hparams), /^[0-9a-f]{64}$/);
  });
});
