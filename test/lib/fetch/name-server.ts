import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What a name server of ours says to a question: addresses, a code of RFC 1035 (2: failure, 3: no such name), or nothing. */
export type Zone = (name: string, family: 4 | 6) => readonly string[] | number | 'silence';

export interface NameServer {
  /** As `createDnsResolve` takes it. */
  readonly address: string;
  readonly questions: string[];
  stop(): Promise<void>;
}

/** A name server on the loopback that answers questions for A and AAAA as `zone` says, with a time to live of 0. */
export const startNameServer = async (zone: Zone): Promise<NameServer> => {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const { name, type, end } = questionOf(query);
    questions.push(`${name} ${type === 28 ? 'AAAA' : 'A'}`);
    const answer = zone(name, type === 28 ? 6 : 4);
    if (answer !== 'silence') socket.send(answerTo(query.subarray(0, end), type, answer), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    stop: () => new Promise((stopped) => socket.close(stopped)),
  };
};

const HEADER_BYTES = 12;

const questionOf = (query: Buffer): { name: string; type: number; end: number } => {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
};

const answerTo = (question: Buffer, type: number, answer: readonly string[] | number): Buffer => {
  const addresses = typeof answer === 'number' ? [] : answer;
  const head = Buffer.from(question);
  head.writeUInt16BE(0x8180 | (typeof answer === 'number' ? answer : 0), 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt16BE(0, 10);
  return Buffer.concat([head, ...addresses.map((address) => record(type, bytesOf(address)))]);
};

const record = (type: number, data: Buffer): Buffer => {
  const head = Buffer.from([0xc0, HEADER_BYTES, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]);
  return Buffer.concat([head, data]);
};

/** Full notation only. */
const bytesOf = (address: string): Buffer =>
  address.includes(':')
    ? Buffer.concat(address.split(':').map((group) => Buffer.from(group.padStart(4, '0'), 'hex')))
    : Buffer.from(address.split('.').map(Number));
