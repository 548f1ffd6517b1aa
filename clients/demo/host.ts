import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One miner's file, as it is hosted. */
export interface HostedFile {
  readonly name: string;
  readonly text: string;
}

export interface CodeHost {
  urlOf(name: string): string;
  close(): Promise<void>;
}

/** A real web server on this machine that hosts the miners' files, as a miner's own would. */
export async function hostFiles(files: readonly HostedFile[]): Promise<CodeHost> {
  const texts = new Map(files.map(({ name, text }) => [`/${name}`, text]));
  const server = createServer((request, response) => {
    const text = texts.get(new URL(request.url ?? '/', 'http://localhost').pathname);
    if (text === undefined) return void response.writeHead(404).end('not here\n');
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (name) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
