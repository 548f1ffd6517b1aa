import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { WebSocket, WebSocketServer } from 'ws';

export interface Frame {
  readonly id?: number;
  readonly method?: string;
  readonly params?: readonly unknown[] | Readonly<Record<string, unknown>>;
  readonly result?: unknown;
}

/** What a relay does to a request: undefined lets it pass, anything else is the answer's `result` or `error`. */
export type Answer = { readonly result: unknown } | { readonly error: unknown } | undefined;

/** Stands between a client and a node, and misbehaves when told to. */
export interface Relay {
  readonly url: string;
  /** Passes requests on, but no answers back. */
  silent: boolean;
  /** Answers in the node's place. */
  answer: (method: string, params: readonly unknown[]) => Answer;
  /** What becomes of a node's answer or notification on its way back; null: it gets lost. */
  rewrite: (frame: Frame) => Frame | null;
  /** Tells the clients something that no node has said. */
  tell(frame: Frame): void;
  /** Methods of all requests so far. */
  readonly requests: string[];
  /** Ends all connections, with this code. */
  drop(code?: number): void;
  /** Stops listening until {@link Relay.resume}; ends all connections. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Status with which handshakes are refused; null takes them. */
  handshakeStatus: number | null;
  close(): Promise<void>;
}

export const startRelay = async (target: string): Promise<Relay> => {
  let http: Server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const port = await listen(http, 0);

  const accept = () =>
    http.on('upgrade', (request, socket, head) => {
      if (relay.handshakeStatus === null) {
        sockets.handleUpgrade(request, socket, head, (client) => serve(client));
        return;
      }
      socket.end(`HTTP/1.1 ${relay.handshakeStatus} Refused\r\nContent-Length: 0\r\n\r\n`);
    });

  const serve = (client: WebSocket): void => {
    sockets.clients.add(client);
    const node = new WebSocket(target);
    const open = new Promise((opened) => node.once('open', opened));
    client.on('message', (data: Buffer) => {
      const { id, method = '', params = [] } = JSON.parse(data.toString()) as Frame;
      relay.requests.push(method);
      const answer = relay.answer(method, params as readonly unknown[]);
      if (answer) client.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
      else void open.then(() => node.send(data.toString()));
    });
    node.on('message', (data: Buffer) => {
      const frame = relay.silent ? null : relay.rewrite(JSON.parse(data.toString()) as Frame);
      if (frame) client.send(JSON.stringify(frame));
    });
    client.on('close', () => node.close());
    node.on('close', () => client.close());
    node.on('error', () => client.close());
  };

  const endAll = (code?: number) => {
    for (const client of sockets.clients) {
      if (code === undefined) client.terminate();
      else client.close(code);
    }
  };
  const stop = async () => {
    endAll();
    http.closeAllConnections();
    await new Promise((closed) => http.close(closed));
  };

  const relay: Relay = {
    ...{ url: `ws://127.0.0.1:${port}`, silent: false, requests: [], handshakeStatus: null },
    answer: () => undefined,
    rewrite: (frame) => frame,
    tell: (frame) => sockets.clients.forEach((client) => client.send(JSON.stringify(frame))),
    drop: endAll,
    pause: stop,
    async resume() {
      http = createServer();
      accept();
      await listen(http, port);
    },
    close: stop,
  };
  accept();
  return relay;
};

const listen = async (http: Server, port: number): Promise<number> => {
  await new Promise<void>((listening) => http.listen(port, '127.0.0.1', listening));
  return (http.address() as AddressInfo).port;
};
