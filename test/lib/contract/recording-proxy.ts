import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeExtrinsic, withoutLength } from '../../../lib/devnet/node/extrinsic.js';
import { PALLETS } from '../../../lib/devnet/runtime/runtime.js';

/** What clients asked of a node: `storage SubtensorModule.Uids`, `call Commitments.set_commitment`, `api Core.version`. */
export interface RecordingProxy {
  readonly url: string;
  readonly asked: ReadonlySet<string>;
  close(): void;
}

interface Request {
  readonly method?: string;
  readonly params?: readonly unknown[];
}

/** Passes everything on between clients and a node, and keeps what the requests touch of the runtime. */
export const recordingProxy = async (target: string): Promise<RecordingProxy> => {
  const asked = new Set<string>();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (client) => {
    const node = new WebSocket(target);
    const waiting: string[] = [];
    node.on('open', () => waiting.splice(0).forEach((text) => node.send(text)));
    node.on('message', (data: Buffer) => client.send(data.toString()));
    client.on('message', (data: Buffer) => {
      const text = data.toString();
      for (const name of touchedBy(JSON.parse(text) as Request)) asked.add(name);
      if (node.readyState === node.OPEN) node.send(text);
      else waiting.push(text);
    });
    client.on('close', () => node.close());
    node.on('close', () => client.close());
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const close = () => {
    server.clients.forEach((client) => client.terminate());
    server.close();
  };
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
};

const touchedBy = ({ method = '', params = [] }: Request): string[] => {
  const [first] = params;
  if (/^state_(getStorage|getKeysPaged|subscribeStorage|queryStorageAt)/.test(method)) {
    return [first].flat().map((key) => `storage ${storageItem(String(key))}`);
  }
  if (method === 'state_call') return [`api ${String(first).replace(/_/, '.')}`];
  if (method.startsWith('author_submit')) return [`call ${callIn(String(first))}`];
  return [];
};

const storageItem = (key: string): string => {
  const prefix = key.replace(/^0x/, '').slice(0, 64);
  for (const { name, storage } of PALLETS) {
    const item = storage.find((candidate) => candidate.prefix === prefix);
    if (item) return `${name}.${item.name}`;
  }
  return `of no pallet: ${key}`;
};

const callIn = (extrinsic: string): string => {
  const body = withoutLength(Buffer.from(extrinsic.slice(2), 'hex'));
  const call = body && decodeExtrinsic(body).extrinsic?.call;
  return call ? `${call.pallet}.${call.name}` : 'that does not decode';
};
