import { QUICKNET } from '../../timelock/index.js';
import { boundedBytes, count64, option, struct, u32, u64, vec, type ValueOf } from '../scale/index.js';
import { ensureRoot, type Context } from '../runtime/context.js';
import { badOrigin } from '../runtime/errors.js';
import { PalletKit } from '../runtime/pallet.js';
import { blake2 } from '../runtime/storage.js';
import type { StateReader } from '../runtime/state.js';
import { multiSignature, multiSigner, unhex } from '../runtime/types.js';

const kit = new PalletKit('Drand', 26, 'pallet_drand');

export const pulse = struct('pallet_drand::types::Pulse', {
  round: u64,
  randomness: boundedBytes(32),
  signature: boundedBytes(144),
});
export type Pulse = ValueOf<typeof pulse>;

const beaconConfiguration = struct('pallet_drand::types::BeaconConfiguration', {
  public_key: boundedBytes(96),
  period: u32,
  genesis_time: u32,
  hash: boundedBytes(32),
  group_hash: boundedBytes(32),
  scheme_id: boundedBytes(32),
  metadata: struct('pallet_drand::types::Metadata', { beacon_id: boundedBytes(32) }),
});

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A beacon that counts rounds as quicknet does, with a key of its own. */
export const beaconWith = (publicKey: Uint8Array): ValueOf<typeof beaconConfiguration> => ({
  public_key: publicKey,
  period: QUICKNET.period,
  genesis_time: QUICKNET.genesis,
  hash: unhex(QUICKNET.chainHash),
  group_hash: unhex(QUICKNET.groupHash),
  scheme_id: ascii(QUICKNET.scheme),
  metadata: { beacon_id: ascii(QUICKNET.beaconId) },
});

export const BeaconConfig = kit.value(
  'BeaconConfig',
  beaconConfiguration,
  beaconWith(unhex(QUICKNET.publicKey)),
);
export const Pulses = kit.optionalMap('Pulses', [blake2(u64)], pulse);
export const LastStoredRound = kit.value('LastStoredRound', count64, 0);
export const OldestStoredRound = kit.value('OldestStoredRound', count64, 0);
export const NextUnsignedAt = kit.value('NextUnsignedAt', u32, 0);

const BeaconConfigChanged = kit.event(0, 'BeaconConfigChanged', {});
const NewPulse = kit.event(1, 'NewPulse', { rounds: vec(u64) });
const SetOldestStoredRound = kit.tupleEvent(2, 'SetOldestStoredRound', u64);

const failure = kit.errors([
  'NoneValue',
  'StorageOverflow',
  'DrandConnectionFailure',
  'UnverifiedPulse',
  'InvalidRoundNumber',
  'PulseVerificationError',
]);

const pulsesPayload = struct(
  'pallet_drand::types::PulsesPayload',
  { block_number: u32, pulses: vec(pulse), public: multiSigner },
  [
    ['Public', multiSigner],
    ['BlockNumber', u32],
  ],
);

/** Pulses that are kept: 7.5 days. */
const KEPT_PULSES = 216_000;
const MOST_PRUNED_PER_WRITE = 100;

/** Written by the node itself, unsigned; the pool takes none from outside. Its pulses were signed by the node's own key. */
export const writePulse = kit.call(
  0,
  'write_pulse',
  { pulses_payload: pulsesPayload, signature: option(multiSignature) },
  { free: true },
  (context, origin, { pulses_payload: { pulses } }) => {
    if (origin.kind !== 'none') throw badOrigin();
    for (const each of pulses) storePulse(context, each);
    context.deposit(NewPulse({ rounds: pulses.map(({ round }) => round) }));
  },
);

kit.call(
  1,
  'set_beacon_config',
  {
    config_payload: struct(
      'pallet_drand::types::BeaconConfigurationPayload',
      { block_number: u32, config: beaconConfiguration, public: multiSigner },
      [
        ['Public', multiSigner],
        ['BlockNumber', u32],
      ],
    ),
    signature: option(multiSignature),
  },
  {},
  (context, origin, { config_payload: { config } }) => {
    ensureRoot(origin);
    BeaconConfig.put(context.state, config);
    context.deposit(BeaconConfigChanged({}));
  },
);

kit.call(2, 'set_oldest_stored_round', { oldest_round: u64 }, {}, (context, origin, { oldest_round }) => {
  ensureRoot(origin);
  OldestStoredRound.put(context.state, Number(oldest_round));
  context.deposit(SetOldestStoredRound(oldest_round));
});

kit.constant('UnsignedPriority', u64, 1n << 20n);
kit.constant('HttpFetchTimeout', u64, 1000n);

export const drand = kit.done();

const storePulse = (context: Context, each: Pulse): void => {
  const { state } = context;
  const last = LastStoredRound.get(state);
  if (each.round <= BigInt(last)) throw failure('InvalidRoundNumber');
  Pulses.put(state, each.round, each);
  LastStoredRound.put(state, Number(each.round));
  if (OldestStoredRound.get(state) === 0) OldestStoredRound.put(state, Number(each.round));
  prune(context);
};

/** The two preloaded quicknet rounds lie far below the oldest round, so pruning never meets them. */
const prune = ({ state }: Context): void => {
  const keepFrom = LastStoredRound.get(state) - KEPT_PULSES + 1;
  const oldest = OldestStoredRound.get(state);
  const upTo = Math.min(keepFrom, oldest + MOST_PRUNED_PER_WRITE);
  for (let round = oldest; round < upTo; round++) Pulses.remove(state, BigInt(round));
  if (upTo > oldest) OldestStoredRound.put(state, upTo);
};

/** A round's signature as a decryptor takes it, or null when the round is not stored. */
export const signatureOfRound = (state: StateReader, round: bigint): Uint8Array | null => {
  const signature = Pulses.get(state, round)?.signature;
  if (!signature) return null;
  // Stored with an ASCII `0x` in front on some chains; the runtime strips it too.
  return signature[0] === 0x30 && signature[1] === 0x78 ? signature.subarray(2) : signature;
};
