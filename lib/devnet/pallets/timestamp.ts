import { compact, u64 } from '../scale/index.js';
import { badOrigin } from '../runtime/errors.js';
import { PalletKit } from '../runtime/pallet.js';

const kit = new PalletKit('Timestamp', 2, 'pallet_timestamp');

/** Milliseconds since 1970. */
export const Now = kit.value('Now', u64, 0n);

/** The inherent that begins every block. */
export const setTimestamp = kit.call(
  0,
  'set',
  { now: compact(u64) },
  { free: true },
  (context, origin, { now }) => {
    if (origin.kind !== 'none') throw badOrigin();
    Now.put(context.state, now);
  },
);

kit.constant('MinimumPeriod', u64, ({ blockTimeMs }) => BigInt(Math.floor(blockTimeMs / 2)));

export const timestamp = kit.done();
