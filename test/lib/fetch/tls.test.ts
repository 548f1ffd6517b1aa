import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { createFetcher } from '../../../lib/fetch/index.js';
import { CODE, failsWith, isPublic, MAX_BYTES, OK, toLoopback, withHostileServers } from './fetching.js';

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

describe('a hostile server', () => {
  const { serve, fetchFrom } = withHostileServers();

  describe('with TLS', () => {
    it('is met under the name of the URL, at the address that was checked', async () => {
      const { port, names, requests } = await serve((socket) => socket.end(`${OK}\r\n${CODE}`), true);
      const { text } = await fetchFrom(`https://right.test:${port}/train.py`);
      assert.equal(text, CODE);
      assert.deepEqual(names, ['right.test']);
      assert.match(requests[0] ?? '', new RegExp(`^host: right\\.test:${port}$`, 'im'));
    });

    it('is met without the dot that a name may end in', async () => {
      const { port, names } = await serve((socket) => socket.end(`${OK}\r\n${CODE}`), true);
      await fetchFrom(`https://right.test.:${port}/train.py`);
      assert.deepEqual(names, ['right.test']);
    });

    it('and the wrong name is refused before it learns the path', async () => {
      const { port, requests } = await serve((socket) => socket.end(`${OK}\r\n${CODE}`), true);
      await failsWith(
        'fetch_failed',
        fetchFrom(`https://wrong.test:${port}/train.py`),
        /certificate is not for this name/,
      );
      assert.deepEqual(requests, []);
    });

    it('and a name that looks alike is refused, too', async () => {
      const { port } = await serve((socket) => socket.end(`${OK}\r\n${CODE}`), true);
      await failsWith(
        'fetch_failed',
        fetchFrom(`https://rıght.test:${port}/train.py`),
        /xn--rght-.*certificate/,
      );
    });

    it('and a certificate of nobody is refused', async () => {
      const { port } = await serve((socket) => socket.end(`${OK}\r\n${CODE}`), true);
      const strict = createFetcher({ resolve: toLoopback, isPublic }).fetchCode(
        `https://right.test:${port}/`,
        {
          ...{ timeoutSeconds: 5, maxBytes: MAX_BYTES, committedHash: null, ports: [port] },
        },
      );
      await failsWith('fetch_failed', strict, /certificate/);
    });

    it('but none is refused with words', async () => {
      const plain = createServer((socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
      );
      const port = await listening(plain);
      try {
        await failsWith(
          'fetch_failed',
          fetchFrom(`https://right.test:${port}/`, { ports: [port] }),
          /speak TLS/,
        );
      } finally {
        plain.close();
      }
    });

    it('that never finishes its handshake ends with fetch_too_slow', async () => {
      const silent = createServer((socket) => socket.resume());
      const port = await listening(silent);
      try {
        await failsWith(
          'fetch_too_slow',
          fetchFrom(`https://right.test:${port}/`, { ports: [port], timeoutSeconds: 0.25 }),
        );
        const connections = await new Promise<number>((resolve) => {
          setTimeout(() => silent.getConnections((_error, count) => resolve(count)), 50);
        });
        assert.equal(connections, 0, 'the connection is given up with the fetch');
      } finally {
        silent.close();
      }
    });
  });
});
