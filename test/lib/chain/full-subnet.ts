import { createHash } from 'node:crypto';

import {
  CommitmentOf,
  LastCommitment,
  RevealedCommitments,
} from '../../../lib/devnet/pallets/commitments/index.js';
import type { StateWriter } from '../../../lib/devnet/runtime/state.js';

/** 256 hotkeys with something sealed each, every second one with an earlier reveal besides. */
export const commitmentsOf256 = (state: StateWriter, netuid: number): void => {
  for (let index = 0; index < 256; index += 1) {
    const account = createHash('sha256').update(`miner ${index}`).digest('hex');
    LastCommitment.put(state, netuid, account, 1);
    CommitmentOf.put(state, netuid, account, {
      deposit: 0n,
      block: 1,
      info: {
        fields: [{ kind: 'TimelockEncrypted', encrypted: new Uint8Array(374), reveal_round: 2n ** 40n }],
      },
    });
    if (index % 2 === 0) RevealedCommitments.put(state, netuid, account, [[Buffer.from('text'), 1n]]);
  }
};
