import { createHash } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ROOT } from '../setup/project.mjs';

const COMMITMENTS = 5000;
/** As long as a commitment of 128 bytes is when it is sealed. */
const CIPHERTEXT_BYTES = 374;

const built = (path) => import(pathToFileURL(join(ROOT, 'dist', path)).href);

/** Reads a subnet of a devnet that holds half its commitments sealed and half revealed. */
export async function benchIntake() {
  const { startDevnet, CRUSADES_NETUID } = await built('lib/devnet/index.js');
  const { measureIntake } = await built('lib/chain/bench.js');
  const pallet = await built('lib/devnet/pallets/commitments/index.js');
  const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, manual: true });
  try {
    devnet.inject(({ state }) => fill(state, CRUSADES_NETUID, pallet));
    await devnet.advance();
    return await measureIntake(devnet.url, CRUSADES_NETUID, COMMITMENTS);
  } finally {
    await devnet.stop();
  }
}

function fill(state, netuid, { CommitmentOf, RevealedCommitments, LastCommitment }) {
  for (let index = 0; index < COMMITMENTS; index += 1) {
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
