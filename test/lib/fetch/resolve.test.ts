import assert from 'node:assert/strict';
import { createDnsResolve, createFetcher } from '../../../lib/fetch/index.js';
import { failsWith, isPublic } from './fetching.js';
import { startHostileServer } from './hostile-server.js';
import { startNameServer, type NameServer, type Zone } from './name-server.js';

const V6 = '2606:50c0:8000:0:0:0:0:154';
const { signal } = new AbortController();
const LIMITS = { timeoutSeconds: 5, maxBytes: 10_000, committedHash: null };
const SAID: readonly [string, Zone, RegExp][] = [
  ['that does not exist', () => 3, /could not be read: the host name is not known/],
  ['without an address', () => [], /the host name has no address/],
  ['whose name server fails', () => 2, /name server of its domain/],
];

describe('the look-up of names', () => {
  let names: NameServer | undefined;
  afterEach(async () => {
    await names?.stop();
    names = undefined;
  });
  const resolveBy = async (zone: Zone) => {
    names = await startNameServer(zone);
    return createDnsResolve([names.address]);
  };

  it('gives the addresses of both families', async () => {
    const resolve = await resolveBy((_name, family) => (family === 4 ? ['8.8.8.8', '8.8.4.4'] : [V6]));
    assert.deepEqual(await resolve('example.com', signal), [
      { address: '8.8.8.8', family: 4 },
      { address: '8.8.4.4', family: 4 },
      { address: '2606:50c0:8000::154', family: 6 },
    ]);
  });

  for (const [only, family] of [
    ['IPv4', 4],
    ['IPv6', 6],
  ] as const) {
    it(`is content with ${only} alone`, async () => {
      const resolve = await resolveBy((_name, asked) =>
        asked === family ? [family === 4 ? '8.8.8.8' : V6] : [],
      );
      assert.deepEqual(
        (await resolve('example.com', signal)).map((address) => address.family),
        [family],
      );
    });
  }

  it('does not wait long for a name server that never answers for IPv6', async () => {
    const resolve = await resolveBy((_name, family) => (family === 4 ? ['8.8.8.8'] : 'silence'));
    const started = performance.now();
    assert.deepEqual(await resolve('example.com', signal), [{ address: '8.8.8.8', family: 4 }]);
    assert.ok(performance.now() - started < 3000);
  });

  it('asks for the name as it is, without a search list', async () => {
    const resolve = await resolveBy(() => 3);
    await assert.rejects(resolve('train', signal));
    assert.deepEqual([...new Set(names?.questions)].sort(), ['train A', 'train AAAA']);
  });

  it('ends with its signal', async () => {
    const resolve = await resolveBy(() => 'silence');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const started = performance.now();
    await assert.rejects(resolve('example.com', controller.signal));
    assert.ok(performance.now() - started < 1000);
  });

  for (const [what, zone, words] of SAID) {
    it(`fails for a name ${what} with words`, async () => {
      const fetcher = createFetcher({ resolve: await resolveBy(zone) });
      await failsWith('fetch_failed', fetcher.fetchCode('http://example.test/', LIMITS), words);
    });
  }

  it('is the validator’s own fault where its name server is not there', async () => {
    const gone = await startNameServer(() => 3);
    await gone.stop();
    const resolve = createDnsResolve([gone.address]);
    await failsWith(
      'fetch_offline',
      createFetcher({ resolve }).fetchCode('http://example.test/', LIMITS),
      /no name server/,
    );
  });

  it('believes a rebinding name server once', async () => {
    const server = await startHostileServer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n# inner_steps\n'));
    try {
      let asked = 0;
      const resolve = await resolveBy((_name, family) =>
        family === 6 ? [] : [(asked += 1) === 1 ? '127.0.0.1' : '127.0.0.2'],
      );
      const fetcher = createFetcher({ resolve, isPublic });
      const url = `http://rebinding.test:${server.port}/`;
      const limits = { ...LIMITS, ports: [server.port] };
      assert.equal((await fetcher.fetchCode(url, limits)).text, '# inner_steps\n');
      assert.equal(asked, 1);
      await assert.rejects(fetcher.fetchCode(url, limits), { code: 'fetch_address_forbidden' });
      assert.equal(server.requests.length, 1);
    } finally {
      await server.stop();
    }
  });
});
