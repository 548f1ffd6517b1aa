import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createCodeActivities } from '../../activities/code.js';
import { crusadesError } from '../../lib/errors/index.js';
import type { FetchedCode, Fetcher } from '../../lib/fetch/index.js';
import type { Scanner, ScanReport } from '../../lib/scan/index.js';
import { createSketcher, hashOfToken } from '../../lib/scan/sketch.js';
import { loadSettings } from '../../lib/settings/index.js';
import type { CodeOwner, CodeSketch, Comparison, Ledger, StoredCode } from '../../lib/store/index.js';

/** A failure is what these tests are about, not news. */
const logger = new DefaultLogger('ERROR');
const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const ENTRY = {
  ...{ submissionId: 's', hotkey: '5Miner', uid: 4, commitBlock: 7 },
  ...{ url: 'https://example.com/train.py', committedHash: 'ab'.repeat(16) },
};
const CODE: StoredCode = { text: 'code', sha256: 'ab', bytes: 4, url: ENTRY.url };
const FETCHED: FetchedCode = { text: 'code', sha256: 'ab', bytes: 4, finalUrl: ENTRY.url };
const CLEAN: ScanReport = {
  ...{ ok: true, policy: '1', sha256: 'ab', normalised: 'n', sketch: '', seconds: 0 },
  findings: [],
};

/** Of a hundred numbers that follow each other. */
const sketchOfNumbers = (from: number): string => {
  const sketcher = createSketcher();
  for (let number = from; number < from + 100; number += 1) sketcher.add(hashOfToken(String(number)));
  return sketcher.finish();
};

function activities(parts: {
  fetch?: () => Promise<FetchedCode>;
  report?: ScanReport;
  known?: StoredCode | null;
  owner?: CodeOwner;
  sketches?: readonly CodeSketch[];
}) {
  const stored: string[] = [];
  const kept: string[] = [];
  const ledger = {
    codeOf: async () => parts.known ?? null,
    storeCode: async ({ text }: { text: string }) => {
      stored.push(text);
      return CODE;
    },
    claimCode: async () => parts.owner ?? { owner: 'self' },
    keepSketch: async ({ sketch }: CodeSketch) => void kept.push(sketch),
    comparableSketches: async () => parts.sketches ?? [],
    recordNearest: async ({ nearest }: Comparison) =>
      nearest && { ...nearest, hotkey: '5Other', commitBlock: 3 },
  } as unknown as Ledger;
  const fetcher: Fetcher = { fetchCode: parts.fetch ?? (async () => FETCHED) };
  const scanner: Scanner = { scan: async () => parts.report ?? CLEAN, close: async () => undefined };
  const code = createCodeActivities({ fetcher, scanner, ledger });
  const run = <T>(activity: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment({}, { logger }).run(activity);
  return {
    stored,
    kept,
    fetchCode: () => run(() => code.fetchCode({ entry: ENTRY, hparams })),
    scanCode: () => run(() => code.scanCode({ entry: ENTRY, code: CODE })),
  };
}

describe('fetchCode', () => {
  it('does not fetch again what is stored', async () => {
    const { fetchCode } = activities({
      known: CODE,
      fetch: () => Promise.reject(new Error('fetched again')),
    });
    assert.deepEqual(await fetchCode(), CODE);
  });

  it('leaves a validator without name servers to Temporal', async () => {
    const fetch = () => Promise.reject(crusadesError('fetch_offline', { host: 'h', reason: 'away' }));
    const { fetchCode } = activities({ fetch });
    await assert.rejects(fetchCode(), { type: 'fetch_offline', nonRetryable: false });
  });

  it('tries a host again that failed, and stores what came', async function () {
    this.timeout(10_000);
    let tries = 0;
    const fetch = async () => {
      tries += 1;
      if (tries === 1) throw crusadesError('fetch_failed', { host: 'h', reason: 'reset' });
      return FETCHED;
    };
    const { fetchCode, stored } = activities({ fetch });
    await fetchCode();
    assert.equal(tries, 2);
    assert.deepEqual(stored, ['code']);
  });

  it('does not try again what no try can change, and Temporal must not either', async () => {
    let tries = 0;
    const fetch = () => {
      tries += 1;
      return Promise.reject(crusadesError('fetch_hash_mismatch', { actual: 'a', committed: 'b' }));
    };
    const { fetchCode } = activities({ fetch });
    await assert.rejects(fetchCode(), {
      type: 'fetch_hash_mismatch',
      nonRetryable: true,
    });
    assert.equal(tries, 1);
  });

  it('leaves a failure of ours to Temporal, which tries it again without end', async () => {
    const fetch = () => Promise.reject(crusadesError('ledger_unreachable', { reason: 'away' }));
    const { fetchCode } = activities({ fetch });
    await assert.rejects(fetchCode(), {
      type: 'ledger_unreachable',
      nonRetryable: false,
    });
  });
});

describe('scanCode', () => {
  it('passes clean code and claims it for its miner', async () => {
    const { scanCode } = activities({});
    assert.deepEqual(await scanCode(), {
      policy: '1',
      normalised: 'n',
      warnings: 0,
    });
  });

  it('refuses with every finding, and names the first that rejects', async () => {
    const finding = {
      ...{ line: 1, column: 1, endLine: 1, endColumn: 2, text: 'x', reason: 'r', remedy: 'm' },
      ...{ rule: 'unknown_module', severity: 'warn' as const },
    };
    const rejecting = { ...finding, rule: 'forbidden_module', severity: 'reject' as const, line: 3 };
    const { scanCode } = activities({ report: { ...CLEAN, ok: false, findings: [finding, rejecting] } });
    await assert.rejects(scanCode(), (error: { message: string }) => {
      assert.match(error.message, /1 rule violation.*line 3, forbidden_module/);
      return true;
    });
  });

  it('says whose code it nearly is, and passes it all the same', async () => {
    const [mine, near, far] = [0, 1, 90].map((from) => sketchOfNumbers(from));
    const report = { ...CLEAN, sketch: mine ?? '' };
    const others = [
      { submissionId: 'far', sketch: far ?? '' },
      { submissionId: 'near', sketch: near ?? '' },
    ];
    const { scanCode, kept } = activities({ report, sketches: others });
    const { resembles, ...verdict } = await scanCode();
    assert.deepEqual(verdict, { policy: '1', normalised: 'n', warnings: 0 });
    assert.equal(resembles?.submissionId, 'near');
    assert.ok(resembles.similarity > 0.8);
    assert.deepEqual(kept, [mine]);
    const alone = activities({ report, sketches: others.slice(0, 1) });
    assert.equal((await alone.scanCode()).resembles, undefined);
  });

  it('keeps no sketch of a copy', async () => {
    const owner: CodeOwner = { owner: 'other', submissionId: 'o', hotkey: '5First', commitBlock: 5 };
    const { scanCode, kept } = activities({ owner });
    await assert.rejects(scanCode(), { type: 'code_duplicate' });
    assert.deepEqual(kept, []);
  });

  it('refuses what somebody else committed before', async () => {
    const owner: CodeOwner = { owner: 'other', submissionId: 'o', hotkey: '5First', commitBlock: 5 };
    const { scanCode } = activities({ owner });
    await assert.rejects(scanCode(), {
      type: 'code_duplicate',
      message: /block 5 by 5First/,
    });
  });
});
