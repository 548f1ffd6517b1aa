import assert from 'node:assert/strict';
import { startDevnet, type Devnet } from '../../../lib/devnet/index.js';
import { checkChain } from '../../../lib/doctor/chain.js';
import { judgeEndpoints, type AskedEndpoint } from '../../../lib/doctor/endpoint-verdict.js';
import type { Finding } from '../../../lib/doctor/types.js';
import { loadSettings } from '../../../lib/settings/index.js';
import { startRelay, type Relay } from '../chain/relay.js';

const settings = (env: Record<string, string>) => loadSettings({ env });
const NOBODY = 'ws://127.0.0.1:1';

describe('the doctor’s look at the chain', () => {
  let devnet: Devnet;
  let relay: Relay;
  before(async () => {
    devnet = await startDevnet({ port: 0, blockTimeSeconds: 1, manual: true });
    await devnet.advance(5);
    relay = await startRelay(devnet.url);
  });
  beforeEach(() => {
    relay.answer = () => undefined;
    relay.handshakeStatus = null;
  });
  after(async () => {
    await relay.close();
    await devnet.stop();
  });

  const look = (endpoints: readonly string[], env: Record<string, string> = {}) =>
    checkChain(settings({ CRUSADES_NETWORK: 'local', CRUSADES_ENDPOINT: endpoints.join(','), ...env }));

  it('tells of a single endpoint its chain, its runtime, its block and how old that is', async () => {
    const findings = await look([devnet.url]);
    assert.equal(findings.length, 1);
    assert.equal(findings[0]?.status, 'ok');
    assert.match(
      findings[0]?.detail ?? '',
      new RegExp(`^Crusades devnet answers at ${devnet.url}, spec 475, block 5, \\d+ s old$`),
    );
  });

  it('asks all of them, and names in the overall finding those that are not good', async () => {
    relay.handshakeStatus = 429;
    const [overall, ...each] = await look([NOBODY, devnet.url, relay.url]);
    assert.equal(overall?.status, 'warn', 'one that is good is enough, the others are a warning');
    assert.match(overall?.detail ?? '', /^1 of 3 endpoints are good: Crusades devnet answers at /);
    assert.match(overall?.detail ?? '', /ws:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*; ws:.* 429/);
    assert.deepEqual(
      each.map(({ status }) => status),
      ['warn', 'ok', 'warn'],
    );
  });

  it('warns when none answers', async () => {
    const [overall] = await look([NOBODY]);
    assert.equal(overall?.status, 'warn');
    assert.match(overall?.remedy ?? '', /CRUSADES_ENDPOINT/);
  });

  it('finds an endpoint of another chain, and one of no chain at all', async () => {
    const genesis = `0x${'ab'.repeat(32)}`;
    relay.answer = (method, [first]) =>
      method === 'chain_getBlockHash' && first === 0 ? { result: genesis } : undefined;
    const [overall, , other] = await look([devnet.url, relay.url]);
    assert.equal(overall?.status, 'warn');
    assert.match(other?.detail ?? '', new RegExp(`another chain: its genesis is ${genesis}`));

    const [alone] = await look([relay.url], { CRUSADES_GENESIS: devnet.genesisHash });
    assert.equal(alone?.status, 'fail', 'waiting does not help');
    assert.match(alone?.remedy ?? '', /CRUSADES_GENESIS/);

    relay.answer = () => ({ result: 'x' });
    const [nothing] = await look([relay.url]);
    assert.match(nothing?.detail ?? '', /not a Substrate node/);
  });

  it('finds one that closes the connection instead of answering', async () => {
    relay.answer = () => {
      relay.drop();
      return undefined;
    };
    const [finding] = await look([relay.url]);
    assert.match(finding?.detail ?? '', /closed the connection/);
  });

  it('knows that a devnet is started by the program, and no endpoint of an unknown network', async () => {
    const statuses = async (network: string) =>
      (await checkChain(settings({ CRUSADES_NETWORK: network })))[0];
    assert.equal((await statuses('devnet'))?.status, 'ok');
    const unknown = await statuses('elsewhere');
    assert.equal(unknown?.status, 'fail');
    assert.match(unknown?.remedy ?? '', /./);
  });
});

describe('the verdict on endpoints', () => {
  const GENESIS = `0x${'01'.repeat(32)}`;
  const facts = { chain: 'Bittensor', genesisHash: GENESIS, specVersion: 475, number: 100, ageSeconds: 4 };
  const endpoint = (url: string, differences: Partial<typeof facts> = {}): AskedEndpoint => ({
    ...{ url, isArchive: false },
    answer: { ...facts, ...differences },
  });
  const statuses = (findings: readonly Finding[]) => findings.map(({ status }) => status);

  it('is good where all are, whichever of the last blocks each has', () => {
    const findings = judgeEndpoints([endpoint('a'), endpoint('b', { number: 98 })], null);
    assert.deepEqual(statuses(findings), ['ok', 'ok', 'ok']);
    assert.match(findings[0]?.detail ?? '', /^2 of 2 endpoints are good/);
  });

  it('counts the blocks that one is behind the best', () => {
    const findings = judgeEndpoints([endpoint('a', { number: 97 }), endpoint('b')], null);
    assert.deepEqual(statuses(findings), ['warn', 'warn', 'ok']);
    assert.match(findings[1]?.detail ?? '', /: 3 blocks behind$/);
  });

  it('does not compare with the blocks of another chain', () => {
    const other = endpoint('b', { genesisHash: `0x${'02'.repeat(32)}`, number: 9_000_000 });
    assert.deepEqual(statuses(judgeEndpoints([endpoint('a'), other], GENESIS)), ['warn', 'ok', 'warn']);
  });

  it('says so when the chain stands, and when this machine’s clock does not fit it', () => {
    const [old] = judgeEndpoints([endpoint('a', { ageSeconds: 121 })], null);
    assert.match(old?.detail ?? '', /a: its newest block is 121 s old/);
    const [early] = judgeEndpoints([endpoint('a', { ageSeconds: -40 })], null);
    assert.match(early?.detail ?? '', /40 s in the future/);
    assert.match(early?.remedy ?? '', /clock/);
  });

  it('does not take an archive for one to follow the chain by', () => {
    const archive = { ...endpoint('c'), isArchive: true };
    const away = { url: 'a', isArchive: false, answer: 'no answer within 10 s' };
    const [overall] = judgeEndpoints([away, archive], null);
    assert.equal(overall?.status, 'warn');
    assert.match(overall?.detail ?? '', /^a: no answer within 10 s/);
    assert.match(
      judgeEndpoints([endpoint('a'), archive], null)[0]?.detail ?? '',
      /^1 of 1 endpoints are good/,
    );
  });
});
