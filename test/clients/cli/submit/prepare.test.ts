import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commitmentTextOf, prepare } from '../../../../clients/cli/submit/prepare.js';
import { loadSettings } from '../../../../lib/settings/index.js';

const CODE = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';
const { hparams } = loadSettings({ hparamsPath: 'hparams/local.json', env: {} });
const never = new AbortController().signal;

describe('preparing a submission', function () {
  this.timeout(120_000);
  let server: Server;
  let origin = '';
  let visits = 0;

  before(async () => {
    server = createServer((_request, response) => {
      visits += 1;
      response.end(CODE);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  it('packs the first half of the hash and the URL', async () => {
    const url = `${origin}/train.py`;
    const prepared = await prepare(url, hparams, never);
    const { sha256, report } = prepared;
    assert.equal(sha256, createHash('sha256').update(CODE).digest('hex'));
    assert.equal(commitmentTextOf(prepared, null), `${sha256.slice(0, 32)}:${url}`);
    const payment = { block: 9_240_388, extrinsicIndex: 12 };
    assert.equal(commitmentTextOf(prepared, payment), `${sha256.slice(0, 32)}:9240388:12:${url}`);
    assert.equal(report.sha256, sha256);
  });

  it('refuses a commitment of more than 128 bytes before anything is fetched', async () => {
    const before = visits;
    const url = `${origin}/${'a'.repeat(96 - origin.length)}`;
    await assert.rejects(prepare(url, hparams, never), { code: 'commitment_too_long' });
    assert.equal(visits, before);
  });

  it('takes one of exactly 128 bytes', async () => {
    const url = `${origin}/${'a'.repeat(95 - origin.length - 1)}`;
    const text = commitmentTextOf(await prepare(url, hparams, never), null);
    assert.equal(Buffer.byteLength(text), 128);
  });

  it('says what is wrong with a URL that is none', async () => {
    await assert.rejects(prepare('ftp://example.com/train.py', hparams, never), {
      code: 'fetch_url_invalid',
    });
  });

  it('leaves room for the place of a payment, so that nobody pays for what does not fit', async () => {
    const paid = { ...hparams, payment: { ...hparams.payment, enabled: true } };
    const url = `${origin}/${'a'.repeat(95 - origin.length - 1)}`;
    await assert.rejects(prepare(url, paid, never), { code: 'commitment_too_long' });
    const shorter = await prepare(url.slice(0, -14), paid, never);
    const text = commitmentTextOf(shorter, { block: 99_999_999, extrinsicIndex: 9_999 });
    assert.equal(Buffer.byteLength(text), 128);
  });
});
