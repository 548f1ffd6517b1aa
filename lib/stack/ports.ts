import { createServer } from 'node:net';
import getPort, { portNumbers } from 'get-port';
import { crusadesError } from '../errors/index.js';

export const LOCAL_HOST = '127.0.0.1';

/** How far above the usual port a free one is looked for, before any free one is taken. */
const NEARBY = 100;

/**
 * The port that was asked for; when none was, the usual one if free, else the next free one above it.
 *
 * @param option how a person asks for another one: `--temporal-port`
 * @throws port_taken only when the port was asked for
 */
export const choosePort = async (
  asked: number | undefined,
  { usual, option }: { readonly usual: number; readonly option: string },
): Promise<number> => {
  if (asked === undefined) {
    return getPort({ host: LOCAL_HOST, port: portNumbers(usual, usual + NEARBY) });
  }
  // Not with get-port, which holds back for seconds what it has given out: a restart wants the same port again.
  if (!(await isPortFree(asked))) throw crusadesError('port_taken', { port: asked, option });
  return asked;
};

export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: LOCAL_HOST, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
