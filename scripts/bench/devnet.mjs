import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';
import { ROOT } from '../setup/project.mjs';

const STARTS = 5;
const CLIENTS = 20;
const BLOCK_MS = 250;
const SECONDS = 20;
/** Of a second, as Linux counts processor time. */
const TICKS = 100;

/** The devnet's start, its block time under a large state, twenty clients that follow blocks of 250 ms, and fuzzing. */
export async function benchDevnet() {
  const { benchDevnetState, benchFuzz } = await import(
    pathToFileURL(join(ROOT, 'dist/lib/devnet/bench.js')).href
  );
  return [await startRow(), ...(await benchDevnetState()), ...(await clientRows()), ...benchFuzz()];
}

async function startRow() {
  const seconds = [];
  for (let time = 0; time < STARTS; time++) {
    const devnet = await start(['--block-time', '1']);
    seconds.push(devnet.seconds);
    await devnet.stop();
  }
  const value = seconds.sort((a, b) => a - b)[Math.floor(STARTS / 2)];
  return { name: 'devnet: start until it answers', value, unit: 's', target: 1 };
}

async function clientRows() {
  const devnet = await start(['--block-time', String(BLOCK_MS / 1000), '--tempo', '20']);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => follow(devnet.url)));
  try {
    await sleep(1000);
    const before = processorSeconds(devnet.pid);
    const from = performance.now();
    clients.forEach((client) => client.begin());
    await sleep(SECONDS * 1000);
    const elapsed = (performance.now() - from) / 1000;
    const share = before === null ? null : (processorSeconds(devnet.pid) - before) / elapsed;
    const heads = clients.map(({ seen }) => seen);
    const missed = heads.map((seen) => seen.at(-1).number - seen[0].number + 1 - seen.length);
    const late = heads.flatMap((seen) => seen.map(({ at }) => at % BLOCK_MS)).sort((a, b) => a - b);
    const blocks = heads.map((seen) => seen.length / elapsed);
    return [
      ...(share === null
        ? []
        : [{ name: 'devnet: share of one core, 20 clients', value: share * 100, unit: '%', target: 100 }]),
      { name: 'devnet: heads that a client missed', value: Math.max(...missed), unit: '', target: 0 },
      {
        name: 'devnet: a head reaches a client after its slot, 95 %',
        value: late[Math.floor(late.length * 0.95)],
        unit: 'ms',
        target: BLOCK_MS,
      },
      { name: 'devnet: blocks a second, slowest client', value: Math.min(...blocks), unit: '1/s' },
    ];
  } finally {
    clients.forEach((client) => client.close());
    await devnet.stop();
  }
}

/** A devnet of its own process, and how long it took until its first answer. */
async function start(options) {
  const began = performance.now();
  const args = [join(ROOT, 'dist/clients/cli/main.js'), 'devnet', '--port', '0', '--json', ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line);
    const socket = await open(url);
    await ask(socket, 'system_chain');
    socket.close();
    return { url, pid: child.pid, seconds: (performance.now() - began) / 1000, stop };
  }
  throw new Error('the devnet ended before it was ready');
}

/** A client as a validator is one: heads, final heads, the events of each block, and a read of each. */
async function follow(url) {
  const socket = await open(url);
  const seen = [];
  let counts = false;
  const EVENTS = '0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7';
  await ask(socket, 'chain_subscribeFinalizedHeads');
  await ask(socket, 'state_subscribeStorage', [[EVENTS]]);
  const heads = await ask(socket, 'chain_subscribeNewHeads');
  socket.on('message', (data) => {
    const { params } = JSON.parse(data);
    if (params?.subscription !== heads) return;
    if (counts) seen.push({ number: Number(params.result.number), at: Date.now() });
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'state_getStorage', params: [EVENTS] }));
  });
  return { seen, begin: () => (counts = true), close: () => socket.terminate() };
}

const open = (url) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });

let asked = 1;
const ask = (socket, method, params = []) =>
  new Promise((resolve) => {
    const id = asked++;
    const listen = (data) => {
      const answer = JSON.parse(data);
      if (answer.id !== id) return;
      socket.off('message', listen);
      resolve(answer.result);
    };
    socket.on('message', listen);
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  });

/** Processor time of a process so far; null where the system does not tell. */
function processorSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    return null;
  }
}
