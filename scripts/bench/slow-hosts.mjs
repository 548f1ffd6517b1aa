// The hosts that scripts/bench/fetch.mjs fetches from, in a process of their own. Prints its port as JSON.
import { createServer } from 'node:net';
import { brotliCompressSync, constants } from 'node:zlib';

const FILE = `# inner_steps\n${'#'.repeat(10_000)}\n`;
const OK = 'HTTP/1.1 200 OK\r\n';
const ALMOST_ALL = Buffer.alloc(499_000, '#');
/** Its window is the largest that the format has: 16 MB, of which a decompressor fills what it is given. */
const BOMB = brotliCompressSync(Buffer.alloc(64_000_000, '#'), {
  params: {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_QUALITY]: 5,
  },
});

const HOSTS = {
  '/healthy': (socket) => socket.end(`${OK}\r\n${FILE}`),
  '/silent': () => undefined,
  '/drip': (socket) => drip(socket, `${OK}content-length: 400000\r\n\r\n`),
  '/almost': (socket) => {
    socket.write(`${OK}content-length: 500000\r\n\r\n`);
    drip(socket, ALMOST_ALL);
  },
  '/bomb': (socket) => {
    socket.write(`${OK}content-encoding: br\r\n\r\n`);
    socket.end(BOMB);
  },
  '/wrapped': (socket) => {
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    const more = () => {
      while (!socket.destroyed && socket.write(`1;${'e'.repeat(8000)}\r\n#\r\n`));
    };
    socket.on('drain', more);
    more();
  },
};

function drip(socket, first) {
  socket.write(first);
  const timer = setInterval(() => socket.write('#'), 100);
  socket.once('close', () => clearInterval(timer));
}

if (process.argv[2] === 'serve') {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) => HOSTS[request.toString('latin1').split(' ')[1]]?.(socket));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
    console.log(JSON.stringify({ port: server.address().port })),
  );
}
