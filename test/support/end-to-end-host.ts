import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A miner's web server of which the test decides what each path answers. */
export interface MinersHost {
  readonly url: (path: string) => string;
  close(): Promise<void>;
}

export async function minersHost(answers: Readonly<Record<string, RequestListener>>): Promise<MinersHost> {
  const server = createServer((request, response) => {
    const answer = answers[(request.url ?? '/').slice(1)];
    if (answer) answer(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers with a file, as a raw file's URL does. */
export const raw =
  (text: string): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
  };
