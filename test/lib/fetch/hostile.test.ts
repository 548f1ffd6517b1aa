import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { ErrorCode } from '../../../lib/errors/index.js';
import { CODE, failsWith, MAX_BYTES, OK, withHostileServers } from './fetching.js';
import { drip, pour, type Misbehave } from './hostile-server.js';

const bomb = Buffer.alloc(8_000_000, '#');

describe('a hostile server', () => {
  const { serve, fetchFrom } = withHostileServers();

  /** What the host does, and how the fetch ends; `within` is the deadline in seconds, where that has to end it. */
  const attacks: Record<string, { does: Misbehave; ends: ErrorCode; says?: RegExp; within?: number }> = {
    'redirects to itself': {
      does: (socket, request) =>
        socket.end(`HTTP/1.1 302 Found\r\nlocation: ${request.split(' ')[1] ?? ''}\r\n\r\n`),
      ends: 'fetch_failed',
      says: /redirects in a circle/,
    },
    'redirects in a circle of two': {
      does: (socket, request) =>
        socket.end(`HTTP/1.1 307 Go\r\nlocation: ${request.includes('/b') ? '/train.py' : '/b'}\r\n\r\n`),
      ends: 'fetch_failed',
      says: /redirects in a circle/,
    },
    'redirects on and on': {
      does: (socket, request) =>
        socket.end(`HTTP/1.1 308 Go\r\nlocation: ${request.split(' ')[1] ?? ''}x\r\n\r\n`),
      ends: 'fetch_failed',
      says: /more than 5 redirects/,
    },
    'redirects to a URL of 20,000 characters': {
      does: (socket) => socket.end(`HTTP/1.1 302 Found\r\nlocation: /${'a'.repeat(20_000)}\r\n\r\n`),
      ends: 'fetch_url_invalid',
      says: /longer than/,
    },
    'redirects to a name of 20,000 characters': {
      does: (socket) => socket.end(`HTTP/1.1 302 Found\r\nlocation: ftp://${'a'.repeat(20_000)}/\r\n\r\n`),
      ends: 'fetch_url_invalid',
    },
    'redirects to nowhere': {
      does: (socket) => socket.end('HTTP/1.1 302 Found\r\n\r\n'),
      ends: 'fetch_failed',
      says: /HTTP 302/,
    },
    'redirects and goes on sending': {
      does: (socket) => {
        socket.write('HTTP/1.1 302 Found\r\nlocation: ftp://x/\r\ntransfer-encoding: chunked\r\n\r\n');
        pour(socket, '1000\r\n' + '#'.repeat(4096) + '\r\n');
      },
      ends: 'fetch_url_invalid',
      says: /not ftp/,
    },
    'sends endless chunks': {
      does: (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
        pour(socket, '1000\r\n' + '#'.repeat(4096) + '\r\n');
      },
      ends: 'fetch_too_large',
    },
    'sends chunks of one byte in wrappers of a thousand': {
      does: (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
        pour(socket, `1;${'e'.repeat(1000)}\r\n#\r\n`.repeat(20));
      },
      ends: 'fetch_failed',
      says: /wrap/,
    },
    'announces a chunk of 16 exabytes': {
      does: (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\nfffffffffffffff\r\n`);
        pour(socket, '#'.repeat(4096));
      },
      ends: 'fetch_too_large',
    },
    'sends a body without end or length (HTTP/1.0)': {
      does: (socket) => {
        socket.write('HTTP/1.0 200 OK\r\n\r\n');
        pour(socket, '#'.repeat(4096));
      },
      ends: 'fetch_too_large',
    },
    'announces more than the limit and sends nothing': {
      does: (socket) => socket.write(`${OK}content-length: 99999999\r\n\r\n`),
      ends: 'fetch_too_large',
    },
    'sends headers without end': {
      does: (socket) => {
        socket.write(OK);
        pour(socket, 'x-more: and more\r\n'.repeat(500));
      },
      ends: 'fetch_failed',
      says: /headers/,
    },
    'sends one header without end': {
      does: (socket) => {
        socket.write(`${OK}x-long: `);
        pour(socket, 'a'.repeat(10_000));
      },
      ends: 'fetch_failed',
      says: /headers/,
    },
    'sends a status line without end': {
      does: (socket) => {
        socket.write('HTTP/1.1 200 ');
        pour(socket, 'OK'.repeat(10_000));
      },
      ends: 'fetch_failed',
    },
    'sends trailers without end': {
      does: (socket) => {
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n0\r\n`);
        pour(socket, 'x-more: and more\r\n'.repeat(500));
      },
      ends: 'fetch_failed',
    },
    'sends hints (103) without end': {
      does: (socket) => pour(socket, 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(500)),
      ends: 'fetch_failed',
    },
    'drips its headers': {
      does: (socket) => {
        socket.write(`${OK}x-slow: `);
        drip(socket, 'a');
      },
      ends: 'fetch_too_slow',
      within: 0.25,
    },
    'drips its body': {
      does: (socket) => {
        socket.write(`${OK}content-length: 10000\r\n\r\n`);
        drip(socket, '#');
      },
      ends: 'fetch_too_slow',
      within: 0.25,
    },
    'drips compressed data that never becomes text': {
      does: (socket) => {
        socket.write(`${OK}content-encoding: gzip\r\n\r\n`);
        socket.write(gzipSync('').subarray(0, 10));
        drip(socket, '\0\0\0\xff\xff');
      },
      ends: 'fetch_too_slow',
      within: 0.25,
    },
    'drips redirects': {
      does: (socket, request) =>
        void setTimeout(
          () => socket.end(`HTTP/1.1 302 Go\r\nlocation: ${request.split(' ')[1] ?? ''}x\r\n\r\n`),
          100,
        ),
      ends: 'fetch_too_slow',
      within: 0.25,
    },
    'says nothing': { does: () => undefined, ends: 'fetch_too_slow', within: 0.25 },
    'sends a gzip bomb': {
      does: (socket) => socket.write(`${OK}content-encoding: gzip\r\n\r\n`) && socket.end(gzipSync(bomb)),
      ends: 'fetch_too_large',
    },
    'sends a deflate bomb': {
      does: (socket) =>
        socket.write(`${OK}content-encoding: deflate\r\n\r\n`) && socket.end(deflateSync(bomb)),
      ends: 'fetch_too_large',
    },
    'sends a brotli bomb': {
      does: (socket) =>
        socket.write(`${OK}content-encoding: br\r\n\r\n`) &&
        socket.end(brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })),
      ends: 'fetch_too_large',
    },
    'sends many small gzip members': {
      does: (socket) => {
        socket.write(`${OK}content-encoding: gzip\r\n\r\n`);
        socket.end(Buffer.concat(Array.from({ length: 300 }, () => gzipSync('#'.repeat(1000)))));
      },
      ends: 'fetch_too_large',
    },
    'sends gzip within gzip': {
      does: (socket) => {
        socket.write(`${OK}content-encoding: gzip, gzip\r\n\r\n`);
        socket.end(gzipSync(gzipSync(CODE)));
      },
      ends: 'fetch_not_code',
      says: /compressed as gzip, gzip/,
    },
    'names two encodings in two headers': {
      does: (socket) => socket.end(`${OK}content-encoding: identity\r\ncontent-encoding: br\r\n\r\n${CODE}`),
      ends: 'fetch_not_code',
      says: /compressed as identity, br/,
    },
    'cuts its compressed data off': {
      does: (socket) => {
        socket.write(`${OK}content-encoding: gzip\r\n\r\n`);
        socket.end(gzipSync(CODE.repeat(20)).subarray(0, 60));
      },
      ends: 'fetch_failed',
      says: /compressed data is broken/,
    },
    'sends another file than it announced': {
      does: (socket) => socket.end(`${OK}content-length: 5000\r\n\r\n${CODE}`),
      ends: 'fetch_failed',
      says: /closed the connection/,
    },
    'speaks no HTTP': {
      does: (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
      ends: 'fetch_failed',
      says: /does not speak HTTP/,
    },
    'speaks HTTP/0.9': {
      does: (socket) => socket.end(CODE),
      ends: 'fetch_failed',
      says: /does not speak HTTP/,
    },
    'switches the protocol': {
      does: (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
      ends: 'fetch_failed',
    },
    'announces both a length and chunks': {
      does: (socket) => socket.end(`${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      ends: 'fetch_failed',
    },
    'hangs up': { does: (socket) => socket.destroy(), ends: 'fetch_failed', says: /closed the connection/ },
  };
  for (const [what, { does, ends, says, within }] of Object.entries(attacks)) {
    it(`that ${what} ends with ${ends}`, async () => {
      const { port, open } = await serve(does);
      const started = performance.now();
      await failsWith(
        ends,
        fetchFrom(
          `http://attack.test:${port}/train.py`,
          within === undefined ? {} : { timeoutSeconds: within },
        ),
        says,
      );
      assert.ok(performance.now() - started < 3000, 'within the deadline');
      for (let i = 0; i < 100 && open.size > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.equal(open.size, 0, 'no connection stays open');
    });
  }

  const honest: Record<string, Misbehave> = {
    'HTTP/1.0 without a length': (socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${CODE}`),
    'a hint (103) before the answer': (socket) =>
      socket.end(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}\r\n${CODE}`),
    'chunks with extensions and trailers': (socket) =>
      socket.end(
        `${OK}transfer-encoding: chunked\r\n\r\n${Buffer.byteLength(CODE).toString(16)};a=b\r\n${CODE}\r\n0\r\nx: y\r\n\r\n`,
      ),
    'gzip that was not asked for': (socket) =>
      socket.write(`${OK}content-encoding: gzip\r\n\r\n`) && socket.end(gzipSync(CODE)),
    'deflate with the header of zlib': (socket) =>
      socket.write(`${OK}content-encoding: deflate\r\n\r\n`) && socket.end(deflateSync(CODE)),
    'deflate without it': (socket) =>
      socket.write(`${OK}content-encoding: deflate\r\n\r\n`) && socket.end(deflateRawSync(CODE)),
    brotli: (socket) =>
      socket.write(`${OK}content-encoding: br\r\n\r\n`) && socket.end(brotliCompressSync(CODE)),
    'a file as large as the limit': (socket) => socket.end(`${OK}\r\n${CODE.padEnd(MAX_BYTES, '#')}`),
  };
  for (const [what, answers] of Object.entries(honest)) {
    it(`is not who answers with ${what}`, async () => {
      const { port } = await serve(answers);
      const { text, sha256, bytes } = await fetchFrom(`http://honest.test:${port}/train.py`);
      assert.equal(text.slice(0, CODE.length), CODE);
      assert.equal(bytes, Buffer.byteLength(text));
      assert.equal(sha256, createHash('sha256').update(text).digest('hex'));
    });
  }
});
