import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  findPulse,
  generateBeaconKey,
  httpPulses,
  QUICKNET,
  signRound,
  type PulseSource,
} from '../../../lib/timelock/index.js';

const key = generateBeaconKey(new Uint8Array([3]));
const pulse = (round: number) => ({ round, signature: signRound(key.secret, round) });
const source = (name: string, answer: PulseSource['pulse']): PulseSource => ({ name, pulse: answer });
const failing = (name: string) => source(name, () => Promise.reject(new Error(`${name} is away`)));

describe('findPulse', () => {
  const has = source('has', async (round) => pulse(round));
  const lacks = source('lacks', async () => null);
  const lies = source('lies', async (round) => ({ ...pulse(round + 1), round }));

  it('takes the first source that has a genuine one', async () => {
    for (const before of [[], [lacks], [lies], [failing('away')], [lacks, lies, failing('away')]]) {
      const found = await findPulse([...before, has], key.publicKey, 7);
      assert.deepEqual(found, { ...pulse(7), source: 'has' });
    }
  });

  it('finds nothing where nobody has it', async () => {
    assert.equal(await findPulse([lacks, failing('away')], key.publicKey, 7), null);
    assert.equal(await findPulse([], key.publicKey, 7), null);
  });

  it('names who gave a signature that is not the beacon’s', async () => {
    await assert.rejects(findPulse([lies, lacks], key.publicKey, 7), {
      code: 'pulse_invalid',
      details: { round: 7, source: 'lies' },
    });
    const other = generateBeaconKey(new Uint8Array([4]));
    await assert.rejects(findPulse([has], other.publicKey, 7), { code: 'pulse_invalid' });
  });

  it('does not take the pulse of another round for the one that was asked for', async () => {
    await assert.rejects(findPulse([source('old', async () => pulse(6))], key.publicKey, 7), {
      code: 'pulse_invalid',
    });
  });

  it('fails as the first source did when none could be asked', async () => {
    await assert.rejects(findPulse([failing('a'), failing('b')], key.publicKey, 7), /a is away/);
  });
});

describe('httpPulses', () => {
  let server: Server;
  let url: string;
  let respond: RequestListener;
  const asked: (string | undefined)[] = [];

  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url);
      respond(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => void asked.splice(0));

  const answering =
    (status: number, body: unknown): RequestListener =>
    (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };

  it('asks quicknet’s path for a round, and its answer is genuine', async () => {
    const signature = QUICKNET.knownSignatures[1000];
    respond = answering(200, { round: 1000, randomness: 'ab', signature });
    const found = await findPulse([httpPulses(url)], Buffer.from(QUICKNET.publicKey, 'hex'), 1000);
    assert.equal(Buffer.from(found?.signature ?? []).toString('hex'), signature);
    assert.deepEqual(asked, [`/${QUICKNET.chainHash}/public/1000`]);
  });

  it('asks a beacon of one’s own by its path', async () => {
    respond = answering(404, '');
    assert.equal(await httpPulses(`${url}/own/`).pulse(5), null);
    assert.deepEqual(asked, ['/own/public/5']);
  });

  it('has none for a round that is not out yet', async () => {
    respond = answering(425, 'too early');
    assert.equal(await httpPulses(url).pulse(10 ** 9), null);
  });

  const signature = 'ab'.repeat(48);
  for (const [what, status, body] of [
    ['an error', 503, ''],
    ['no JSON', 200, '<html>'],
    ['null', 200, 'null'],
    ['another round', 200, { round: 8, signature }],
    ['a short signature', 200, { round: 7, signature: 'abcd' }],
    ['a signature that is no hex', 200, { round: 7, signature: 'zz'.repeat(48) }],
    ['an answer without end', 200, `"${'x'.repeat(20_000)}"`],
  ] as const) {
    it(`says that it is unavailable when it sends ${what}`, async () => {
      respond = answering(status, body);
      await assert.rejects(httpPulses(url).pulse(7), { code: 'pulse_unavailable' });
    });
  }

  it('follows no redirect', async () => {
    respond = (_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' });
      response.end();
    };
    await assert.rejects(httpPulses(url).pulse(7), { code: 'pulse_unavailable' });
  });

  it('says so when nobody listens', async () => {
    await assert.rejects(httpPulses('http://127.0.0.1:1').pulse(7), { code: 'pulse_unavailable' });
  });
});
