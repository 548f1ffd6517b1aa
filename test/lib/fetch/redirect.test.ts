import assert from 'node:assert/strict';
import type { Resolve } from '../../../lib/fetch/index.js';
import { CODE, failsWith, OK, withHostileServers } from './fetching.js';

describe('a hostile server', () => {
  const { serve, fetchFrom } = withHostileServers();

  describe('that redirects inside', () => {
    const targets = [
      'http://127.0.0.2/',
      'http://127.1.1.1:80/',
      'http://2130706434/',
      'http://0x7f000002/',
      'http://0177.0.0.2/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.2]/',
      'http://[64:ff9b::7f00:2]/',
      'http://[2002:7f00:2::]/',
      '//169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ];
    for (const target of targets) {
      it(`is stopped at ${target}`, async () => {
        const { port, requests } = await serve((socket) =>
          socket.end(`HTTP/1.1 302 Found\r\nlocation: ${target}\r\n\r\n`),
        );
        await failsWith('fetch_address_forbidden', fetchFrom(`http://attack.test:${port}/train.py`));
        assert.equal(requests.length, 1);
      });
    }

    it('is stopped where only the name of the second hop leads inside', async () => {
      const { port } = await serve((socket) =>
        socket.end(`HTTP/1.1 302 Found\r\nlocation: http://inside.test/\r\n\r\n`),
      );
      const resolve: Resolve = async (host) => [
        { address: host === 'inside.test' ? '192.168.0.1' : '127.0.0.1', family: 4 },
      ];
      await failsWith(
        'fetch_address_forbidden',
        fetchFrom(`http://attack.test:${port}/train.py`, { resolve }),
        /inside\.test leads to 192\.168\.0\.1/,
      );
    });
  });

  it('learns nothing from a fetch but the request: no cookie, no referrer, no credentials', async () => {
    const { port, requests } = await serve((socket, request) =>
      socket.end(
        request.startsWith('GET /train.py ')
          ? 'HTTP/1.1 302 Found\r\nset-cookie: id=1; path=/\r\nwww-authenticate: Basic\r\nlocation: /b\r\n\r\n'
          : `${OK}set-cookie: id=2\r\n\r\n${CODE}`,
      ),
    );
    await fetchFrom(`http://attack.test:${port}/train.py#fragment`);
    const [first = '', second = ''] = requests;
    assert.match(first, /^GET \/train\.py HTTP\/1\.1\r\n/);
    assert.match(second, /^GET \/b HTTP\/1\.1\r\n/);
    for (const request of requests) {
      assert.match(request, new RegExp(`^host: attack\\.test:${port}$`, 'im'));
      assert.doesNotMatch(request, /^(cookie|referer|authorization|origin):/im);
    }
  });

  it('that stands behind a rebinding name server is met at the address that was checked', async () => {
    const { port } = await serve((socket, request) =>
      socket.end(
        request.startsWith('GET /train.py ')
          ? 'HTTP/1.1 302 Found\r\nlocation: /again\r\n\r\n'
          : `${OK}\r\n${CODE}`,
      ),
    );
    let asked = 0;
    const resolve: Resolve = async () => [
      { address: (asked += 1) === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 },
    ];
    await failsWith(
      'fetch_address_forbidden',
      fetchFrom(`http://rebinding.test:${port}/train.py`, { resolve }),
      /127\.0\.0\.2/,
    );
    assert.equal(asked, 2, 'once a hop');
  });
});
