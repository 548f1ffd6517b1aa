import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { ROOT } from '../setup/project.mjs';

const COMMITMENTS = 5000;
/** As many as a subnet has neurons. */
const NEURONS = 256;
/** As long as a commitment of 128 bytes is when it is sealed. */
const CIPHERTEXT_BYTES = 374;

const built = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);

/** Reads a subnet of a devnet that holds half its commitments sealed and half revealed, all known to the ledger. */
export async function benchIntake() {
  const { startDevnet, CRUSADES_NETUID } = await built('lib/devnet/index.js');
  const { measureIntake } = await built('lib/chain/bench.js');
  const pallet = await built('lib/devnet/pallets/commitments/index.js');
  const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, manual: true });
  try {
    devnet.inject(({ state }) => fill(state, CRUSADES_NETUID, pallet, COMMITMENTS));
    // Commitments are read at the finalised head.
    await devnet.advance(2);
    return [
      await roundTrips(),
      ...(await measureIntake(devnet.url, CRUSADES_NETUID, COMMITMENTS)),
      await knownToBeDone(devnet.url, CRUSADES_NETUID),
    ];
  } finally {
    await devnet.stop();
  }
}

/** Requests that a node gets for one read of a full subnet; none waits for another's answer longer than it must. */
async function roundTrips() {
  const { startDevnet, CRUSADES_NETUID } = await built('lib/devnet/index.js');
  const { connectChain } = await built('lib/chain/index.js');
  const pallet = await built('lib/devnet/pallets/commitments/index.js');
  const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, manual: true });
  const counter = await countRequests(devnet.url);
  const chain = await connectChain({ endpoint: counter.url, healthSeconds: 600 });
  try {
    devnet.inject(({ state }) => fill(state, CRUSADES_NETUID, pallet, NEURONS));
    await devnet.advance(2);
    // The library subscribes to the runtime's version on its own, in its own time.
    await chain.commitments(CRUSADES_NETUID);
    const before = counter.requests();
    const { commitments } = await chain.commitments(CRUSADES_NETUID);
    if (commitments.length !== NEURONS) throw new Error(`${commitments.length} commitments were read`);
    const value = counter.requests() - before;
    return { name: `intake: requests for a subnet of ${NEURONS} neurons`, value, unit: '', target: 3 };
  } finally {
    await chain.close();
    counter.close();
    await devnet.stop();
  }
}

/** Stands between a client and a node and counts what the client asks. */
async function countRequests(target) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((listening) => server.once('listening', listening));
  let requests = 0;
  server.on('connection', (client) => {
    const node = new WebSocket(target);
    const open = new Promise((opened) => node.once('open', opened));
    client.on('message', async (data) => {
      requests += 1;
      await open;
      node.send(data.toString());
    });
    node.on('message', (data) => client.send(data.toString()));
    client.on('close', () => node.close());
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    requests: () => requests,
    close: () => server.close(),
  };
}

/** What intake does at each new block, from the chain's storage to "nothing new": the ledger included. */
async function knownToBeDone(endpoint, netuid) {
  const [{ startPostgres }, { connectChain }, { migrateLedger, openLedger }, { freshCommitments }] =
    await Promise.all(['stack', 'chain', 'store', 'admission'].map((lib) => built(`lib/${lib}/index.js`)));
  const dir = mkdtempSync(join(tmpdir(), 'crusades-bench-'));
  chmodSync(dir, 0o755);
  const postgres = await startPostgres({
    dataDir: join(dir, 'postgres'),
    logFile: join(dir, 'postgres.log'),
  });
  const { connectionString } = postgres;
  await migrateLedger({ connectionString });
  const ledger = openLedger({ connectionString });
  const chain = await connectChain({ endpoint });
  try {
    const subnet = { network: 'bench', netuid };
    const { commitments } = await chain.commitments(netuid);
    await ledger.rememberCommitments(
      commitments.map(({ hotkey, commitBlock, content }) => ({
        ...{ ...subnet, hotkey, commitBlock, digest: null, kind: content.kind, workflowId: null },
      })),
    );
    const began = performance.now();
    const { fresh } = await freshCommitments(chain, ledger, subnet);
    const value = (performance.now() - began) / 1000;
    if (fresh.length > 0) throw new Error(`${fresh.length} commitments are not known to the ledger`);
    return { name: 'intake: the same, and known to be done', value, unit: 's', target: 3 };
  } finally {
    await Promise.all([chain.close(), ledger.close()]);
    await postgres.process.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

function fill(state, netuid, { CommitmentOf, RevealedCommitments, LastCommitment }, count) {
  for (let index = 0; index < count; index += 1) {
    const account = createHash('sha256').update(`miner ${index}`).digest('hex');
    LastCommitment.put(state, netuid, account, 1);
    if (index % 2 === 0) CommitmentOf.put(state, netuid, account, sealed());
    else RevealedCommitments.put(state, netuid, account, [revealed(account)]);
  }
}

const sealed = () => ({
  deposit: 0n,
  block: 1,
  info: {
    fields: [
      {
        kind: 'TimelockEncrypted',
        encrypted: new Uint8Array(CIPHERTEXT_BYTES),
        reveal_round: 2n ** 40n,
      },
    ],
  },
});

const revealed = (account) => {
  const text = `${account.slice(0, 32)}:https://example.com/${account}/train.py`;
  return [Buffer.from(text), 1n];
};
