import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

import { CrusadesError } from '../../../lib/errors/index.js';
import { createFetcher, type FetchLimits } from '../../../lib/fetch/index.js';

const CODE = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';
const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');

describe('fetchCode', () => {
  let server: Server;
  let origin: string;
  let port: number;
  let answer: RequestListener;
  let requests: string[];

  before((done) => {
    server = createServer((request, response) => {
      requests.push(request.url ?? '');
      answer(request, response);
    }).listen(0, '127.0.0.1', done);
  });
  before(() => {
    port = (server.address() as AddressInfo).port;
    origin = `http://127.0.0.1:${port}`;
  });
  beforeEach(() => {
    requests = [];
    answer = (_request, response) => response.end(CODE);
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const fetchFrom = (url: string, limits: Partial<FetchLimits> = {}, signal?: AbortSignal) =>
    createFetcher().fetchCode(
      url,
      { timeoutSeconds: 5, maxBytes: 10_000, committedHash: null, allowPrivateAddresses: true, ...limits },
      signal,
    );
  const failsWith = async (code: string, promise: Promise<unknown>, text = /(?:)/): Promise<void> => {
    await assert.rejects(promise, (error: unknown) => {
      assert.ok(error instanceof CrusadesError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, text);
      return true;
    });
  };

  it('returns the text, its hash and where it came from', async () => {
    const code = await fetchFrom(`${origin}/train.py`, { committedHash: sha256(CODE).slice(0, 32) });
    assert.deepEqual(code, {
      text: CODE,
      sha256: sha256(CODE),
      bytes: Buffer.byteLength(CODE),
      finalUrl: `${origin}/train.py`,
    });
  });

  it('follows redirects, each as a request of its own', async () => {
    answer = (request, response) => {
      if (request.url === '/b') response.end(CODE);
      else response.writeHead(302, { location: '/b' }).end();
    };
    assert.equal((await fetchFrom(`${origin}/a`)).finalUrl, `${origin}/b`);
    assert.deepEqual(requests, ['/a', '/b']);
  });

  it('gives up after five redirects', async () => {
    answer = (request, response) => response.writeHead(302, { location: `${request.url ?? ''}x` }).end();
    await failsWith('fetch_failed', fetchFrom(`${origin}/x`), /more than 5 redirects/);
    assert.equal(requests.length, 6);
  });

  it('does not follow a redirect to another scheme', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await failsWith('fetch_url_invalid', fetchFrom(`${origin}/x`), /not file/);
  });

  for (const address of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::ffff:127.0.0.1]',
    '[::1]',
  ]) {
    it(`refuses the loopback written as ${address} without connecting`, async () => {
      const url = `http://${address}/train.py`;
      await failsWith('fetch_address_forbidden', fetchFrom(url, { allowPrivateAddresses: false }));
      assert.deepEqual(requests, []);
    });
  }

  it('refuses a name that leads inside', async () => {
    const resolve = async () => [{ address: '10.0.0.7', family: 4 }];
    await failsWith(
      'fetch_address_forbidden',
      createFetcher({ resolve }).fetchCode('http://inside.test/train.py', {
        timeoutSeconds: 5,
        maxBytes: 1000,
        committedHash: null,
      }),
      /10\.0\.0\.7/,
    );
  });

  it('checks redirects as it checks the first address', async () => {
    answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    await failsWith('fetch_url_invalid', fetchFrom(`${origin}/a`, { ports: [port] }), /port 1 /);
    assert.deepEqual(requests, ['/a']);
  });

  it('refuses a name of which only one of several addresses is private', async () => {
    const resolve = async () => [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    await failsWith(
      'fetch_address_forbidden',
      createFetcher({ resolve }).fetchCode('http://mixed.test/', {
        timeoutSeconds: 5,
        maxBytes: 1000,
        committedHash: null,
      }),
    );
  });

  it('looks a name up once and connects to what that look-up said', async () => {
    let lookups = 0;
    const resolve = async () => [{ address: (lookups += 1) === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }];
    const code = await createFetcher({ resolve }).fetchCode(`http://rebinding.test:${port}/train.py`, {
      timeoutSeconds: 5,
      maxBytes: 10_000,
      committedHash: null,
      allowPrivateAddresses: true,
    });
    assert.equal(code.text, CODE);
    assert.equal(lookups, 1);
  });

  it('refuses other ports than 80 and 443 unless they are configured', async () => {
    const url = `http://example.com:8080/train.py`;
    await failsWith('fetch_url_invalid', fetchFrom(url, { allowPrivateAddresses: false }), /8080/);
    await failsWith('fetch_url_invalid', fetchFrom(`${origin}/a`, { ports: [1] }), new RegExp(String(port)));
    assert.equal((await fetchFrom(`${origin}/a`, { ports: [port] })).text, CODE);
  });

  for (const url of ['ftp://example.com/a', 'train.py', '', 'http://user:secret@example.com/a', 'http://']) {
    it(`refuses the URL "${url}"`, () => failsWith('fetch_url_invalid', fetchFrom(url)));
  }

  it('stops a file that is too large before its end', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('#'.repeat(4000)), 1);
      response.once('close', () => clearInterval(drip));
    };
    await failsWith('fetch_too_large', fetchFrom(`${origin}/bomb`), /larger than 10000 bytes/);
  });

  it('counts decompressed bytes, so that a gzip bomb stops at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000, '#'));
    assert.ok(bomb.length < 10_000);
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    await failsWith('fetch_too_large', fetchFrom(`${origin}/bomb`));
  });

  it('reads a file that the host compressed unasked', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CODE));
    assert.equal((await fetchFrom(`${origin}/a`)).sha256, sha256(CODE));
  });

  it('reports broken compression as a failed fetch', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
    await failsWith('fetch_failed', fetchFrom(`${origin}/a`));
  });

  it('ends a drip at the deadline, however steadily it drips', async () => {
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('#'), 20);
      response.once('close', () => clearInterval(drip));
    };
    const started = Date.now();
    await failsWith('fetch_too_slow', fetchFrom(`${origin}/drip`, { timeoutSeconds: 0.3 }), /within 0.3 s/);
    assert.ok(Date.now() - started < 2000);
  });

  it('ends a look-up that never answers at the deadline', async () => {
    const resolve = () => new Promise<never>(() => undefined);
    await failsWith(
      'fetch_too_slow',
      createFetcher({ resolve }).fetchCode('http://silent.test/', {
        timeoutSeconds: 0.2,
        maxBytes: 1,
        committedHash: null,
      }),
    );
  });

  it('throws the caller’s own reason when the caller ends it', async () => {
    answer = () => undefined;
    const reason = new Error('the worker stops');
    const caller = new AbortController();
    setTimeout(() => caller.abort(reason), 50);
    await assert.rejects(fetchFrom(`${origin}/never`, {}, caller.signal), reason);
  });

  const notCode: Record<string, readonly [string | Buffer, string, RegExp]> = {
    'an HTML page by its type': [CODE, 'text/html; charset=utf-8', /a web page/],
    'an HTML page by its text': ['\n<!DOCTYPE html><p>inner_steps', 'text/plain', /a web page/],
    'a page that begins with a comment': ['<!-- inner_steps --><html>', 'text/plain', /a web page/],
    'a page behind a byte-order mark': [
      '\ufeff\n <script>inner_steps()</script>',
      'text/plain',
      /a web page/,
    ],
    'a JSON listing behind a byte-order mark': [
      '\ufeff\n{"inner_steps": []}\n',
      'text/plain',
      /a JSON listing/,
    ],
    'UTF-16': [Buffer.from('\ufeff# inner_steps', 'utf16le'), 'text/plain', /not UTF-8/],
    'a UTF-8 sequence that is longer than it need be': [
      Buffer.from([0x23, 0xc0, 0xaf]),
      'text/plain',
      /not UTF-8/,
    ],
    'half of a surrogate pair': [Buffer.from([0x23, 0xed, 0xa0, 0x80]), 'text/plain', /not UTF-8/],
    'an empty file': ['', 'text/plain', /without inner_steps/],
    'a JSON listing': ['[{"name": "inner_steps"}]', 'text/plain', /a JSON listing/],
    'other text': ['print(1)', 'text/plain', /without inner_steps/],
    'bytes that are not UTF-8': [Buffer.from([0x69, 0xff, 0xfe]), 'text/plain', /not UTF-8/],
  };
  for (const [what, [body, type, text]] of Object.entries(notCode)) {
    it(`refuses ${what}`, async () => {
      answer = (_request, response) => response.writeHead(200, { 'content-type': type }).end(body);
      await failsWith('fetch_not_code', fetchFrom(`${origin}/a`), text);
    });
  }

  it('refuses a file that is not the committed one', async () => {
    const committedHash = sha256('another').slice(0, 32);
    await failsWith(
      'fetch_hash_mismatch',
      fetchFrom(`${origin}/a`, { committedHash }),
      new RegExp(committedHash),
    );
  });

  for (const status of [404, 500, 304, 206]) {
    it(`reports HTTP ${status}`, async () => {
      answer = (_request, response) => response.writeHead(status).end();
      await failsWith('fetch_failed', fetchFrom(`${origin}/a`), new RegExp(`HTTP ${status}`));
    });
  }

  it('reports a host that nobody listens on', () =>
    failsWith('fetch_failed', fetchFrom('http://127.0.0.1:1/a'), /refused/));

  it('reports a connection that is cut in the middle', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('def ');
      setTimeout(() => response.destroy(), 20);
    };
    await failsWith('fetch_failed', fetchFrom(`${origin}/a`));
  });
});
