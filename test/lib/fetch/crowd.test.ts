import assert from 'node:assert/strict';
import { createDnsResolve, createFetcher } from '../../../lib/fetch/index.js';
import { drip, startHostileServer } from './hostile-server.js';
import { startNameServer } from './name-server.js';

const OK = 'HTTP/1.1 200 OK\r\n';
const FILE = '# inner_steps\n';

/** Half of the crowd have slow servers, half slow name servers: neither may hold up who has neither. */
it('two hundred slow hosts do not delay a healthy one', async () => {
  const server = await startHostileServer((socket, request) => {
    if (request.includes('healthy')) return socket.end(`${OK}\r\n${FILE}`);
    socket.write(`${OK}content-length: 1000\r\n\r\n`);
    return drip(socket, '#', 50);
  });
  const names = await startNameServer((name, family) => {
    if (name.startsWith('silent')) return 'silence';
    return family === 4 ? ['127.0.0.1'] : [];
  });
  try {
    const fetcher = createFetcher({ resolve: createDnsResolve([names.address]), isPublic: () => true });
    const limits = { timeoutSeconds: 1.5, maxBytes: 10_000, committedHash: null, ports: [server.port] };
    const slow = Array.from({ length: 200 }, (_, i) =>
      fetcher.fetchCode(`http://${i % 2 ? 'silent' : 'slow'}-${i}.test:${server.port}/`, limits).then(
        () => 'fetched',
        (error: { code: string }) => error.code,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const started = performance.now();
    const { text } = await fetcher.fetchCode(`http://healthy.test:${server.port}/`, limits);
    const seconds = (performance.now() - started) / 1000;
    assert.equal(text, FILE);
    assert.ok(seconds < 1, `took ${seconds} s`);
    assert.deepEqual(new Set(await Promise.all(slow)), new Set(['fetch_too_slow']));
  } finally {
    await names.stop();
    await server.stop();
  }
});
