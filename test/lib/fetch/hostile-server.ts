import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CERTIFICATE, KEY } from './certificate.js';

/** What a server does with one connection once a request has come; nothing of HTTP is done for it. */
export type Misbehave = (socket: Socket, request: string) => void;

export interface HostileServer {
  readonly port: number;
  /** The head of each request, as it came. */
  readonly requests: string[];
  /** Names that TLS clients asked for. */
  readonly names: string[];
  /** Connections that are still open. */
  readonly open: Set<Socket>;
  stop(): Promise<void>;
}

/** A server on the loopback that speaks bytes: whatever a host can do wrong can be written down. */
export const startHostileServer = async (
  misbehave: Misbehave,
  { secure = false, host = '127.0.0.1' }: { secure?: boolean; host?: string } = {},
): Promise<HostileServer> => {
  const requests: string[] = [];
  const names: string[] = [];
  const open = new Set<Socket>();
  const greet = (socket: Socket): void => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const request = head.slice(0, end);
      head = head.slice(end + 4);
      requests.push(request);
      misbehave(socket, request);
    });
  };
  const server: Server = secure
    ? createTlsServer({ cert: CERTIFICATE, key: KEY }, (socket) => {
        names.push(socket.servername || '');
        greet(socket);
      })
    : createServer(greet);
  server.on('tlsClientError', () => undefined);
  server.listen(0, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    names,
    open,
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Writes as fast as the other side reads, until it goes. */
export const pour = (socket: Socket, chunk: string | Buffer): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    if (!socket.destroyed) socket.once('drain', more);
  };
  more();
};

/** Writes a little, again and again, until the other side goes. */
export const drip = (socket: Socket, chunk: string, everyMs = 10): void => {
  const timer = setInterval(() => socket.write(chunk), everyMs);
  socket.once('close', () => clearInterval(timer));
};
