import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between client and node that can be cut: nothing passes any more, and nobody is told. */
export interface Cable {
  readonly url: string;
  pull(): void;
  close(): Promise<void>;
}

export const startCable = async (target: string): Promise<Cable> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const node = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    client.pipe(node);
    node.pipe(client);
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pull() {
      server.close();
      for (const socket of sockets) socket.unpipe().pause();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((closed) => server.close(closed));
    },
  };
};
