import assert from 'node:assert/strict';
import { CrusadesError, type ErrorCode } from '../../../lib/errors/index.js';
import {
  createFetcher,
  isPublicAddress,
  type FetchedCode,
  type FetchLimits,
  type Resolve,
} from '../../../lib/fetch/index.js';
import { CERTIFICATE } from './certificate.js';
import { startHostileServer, type HostileServer, type Misbehave } from './hostile-server.js';

export const CODE = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';
export const OK = 'HTTP/1.1 200 OK\r\n';
export const MAX_BYTES = 20_000;

/** The production's way, but for one address: the loopback's first counts as public, all others do not. */
export const isPublic = (address: string): boolean => address === '127.0.0.1' || isPublicAddress(address);
export const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }];

export interface HostileServers {
  /** Starts the server of this test; it ends with it. */
  readonly serve: (misbehave: Misbehave, secure?: boolean) => Promise<HostileServer>;
  /** Fetches as a validator does, for whom every name leads to the loopback, which counts as public. */
  readonly fetchFrom: (
    url: string,
    limits?: Partial<FetchLimits> & { resolve?: Resolve },
  ) => Promise<FetchedCode>;
}

/** For a `describe`: one hostile server a test. */
export const withHostileServers = (): HostileServers => {
  let server: HostileServer | undefined;
  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });
  return {
    serve: async (misbehave, secure = false) => (server = await startHostileServer(misbehave, { secure })),
    fetchFrom: (url, { resolve = toLoopback, ...limits } = {}) =>
      createFetcher({ resolve, isPublic, ca: CERTIFICATE }).fetchCode(url, {
        ...{ timeoutSeconds: 5, maxBytes: MAX_BYTES, committedHash: null, ports: [server?.port ?? 0] },
        ...limits,
      }),
  };
};

/** That a promise fails with an error of the catalogue, whose message is short whatever a host has sent. */
export const failsWith = (code: ErrorCode, promise: Promise<unknown>, text = /(?:)/): Promise<void> =>
  assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof CrusadesError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    assert.ok(error.message.length < 600, `a message of ${error.message.length} characters`);
    return true;
  });
