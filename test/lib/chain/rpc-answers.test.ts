import assert from 'node:assert/strict';

import { discardedBlock, isBroken, restAskedFor } from '../../../lib/chain/rpc-answers.js';

const rpcError = (code: number, message: string, data?: unknown) =>
  Object.assign(new Error(`${code}: ${message}`), { code, data });

describe('restAskedFor', () => {
  it('takes the seconds that the endpoint names', () => {
    const data = { policy: 'storage', reason: 'quota', retry_after: 7 };
    assert.equal(restAskedFor(rpcError(-32005, 'storage work rate limit exceeded', data)), 7);
    assert.equal(restAskedFor(new Error('429 Too Many Requests, retry after 9')), 9);
  });

  it('is a minute where none are named, and an hour at most', () => {
    assert.equal(restAskedFor(rpcError(-32004, 'limit')), 60);
    assert.equal(restAskedFor(rpcError(-32005, 'limit', { retry_after: 10 ** 9 })), 3600);
    for (const nonsense of [-5, 0, 'soon', null]) {
      assert.equal(restAskedFor(rpcError(-32005, 'limit', { retry_after: nonsense })), 60);
    }
  });

  it('knows refusals of the handshake and of the connection', () => {
    for (const message of [
      'Unexpected server response: 429',
      'Unexpected server response: 403',
      'disconnected from wss://x: 1008:: Policy Violation',
    ]) {
      assert.equal(restAskedFor(new Error(message)), 60, message);
    }
  });

  it('is nothing for any other error', () => {
    for (const error of [
      rpcError(4003, 'Client error: UnknownBlock: State already discarded for 0xab'),
      rpcError(1010, 'Invalid Transaction: Custom error: 6'),
      new Error('disconnected from wss://x: 1006:: Abnormal Closure'),
      new Error('Unexpected server response: 502'),
      undefined,
    ]) {
      assert.equal(restAskedFor(error), null, String(error));
    }
  });
});

describe('isBroken', () => {
  it('knows what a lost connection and an answer that never comes look like', () => {
    for (const message of [
      'disconnected from wss://x: 1006:: Abnormal Closure',
      'WebSocket is not connected\nFailed WS Request: {}',
      'No response received from RPC endpoint in 30s',
    ]) {
      assert.ok(isBroken(new Error(message)), message);
    }
    assert.ok(!isBroken(rpcError(4003, 'Client error')));
  });
});

describe('discardedBlock', () => {
  it('names the block whose state is gone', () => {
    const error = rpcError(4003, 'Client error: UnknownBlock: State already discarded for 0xab12');
    assert.equal(discardedBlock(error), '0xab12');
    assert.equal(discardedBlock(rpcError(4003, 'unknown Block: not there')), 'in question');
    assert.equal(discardedBlock(rpcError(4003, 'Client error: Database')), null);
  });
});
