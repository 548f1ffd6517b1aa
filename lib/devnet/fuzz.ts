import {
  decodeCommitmentText,
  decodeWeightsPayload,
  encodeCommitmentText,
  encodeWeightsPayload,
  encryptToRound,
  failureOf,
  generateBeaconKey,
  readUserDataEnvelope,
  userDataEnvelope,
} from '../timelock/index.js';
import { developmentAccount } from './accounts.js';
import { DEFAULT_GENESIS, writeGenesis } from './genesis.js';
import { decodeExtrinsic, unsignedExtrinsic, withoutLength } from './node/extrinsic.js';
import { setCommitment } from './pallets/commitments/index.js';
import { commitTimelockedWeights } from './pallets/subtensor/commit-reveal.js';
import { setTimestamp } from './pallets/timestamp.js';
import { runtimeCall } from './runtime/outer.js';
import { createRuntime } from './runtime/runtime.js';
import { Overlay } from './runtime/state.js';
import { hex } from './runtime/types.js';
import { encodeWith, ScaleError, Source } from './scale/index.js';

/** What a run of fuzzing found. */
export interface FuzzReport {
  readonly cases: number;
  /** How many inputs were decoded to their end: none at all would mean that nothing was tried. */
  readonly decoded: number;
  /** Inputs that did not end in a value or in the decoder's own refusal, at most ten. */
  readonly crashes: readonly { readonly target: string; readonly input: string; readonly error: string }[];
}

/** Something that takes bytes from outside. True: they were good. Whatever it throws but a refusal is a crash. */
interface Target {
  readonly name: string;
  /** Good inputs, from which others are made. */
  readonly seeds: readonly Uint8Array[];
  run(bytes: Uint8Array): boolean;
}

const MOST_KEPT = 10;

/**
 * Feeds everything that decodes bytes from outside with mutations of good inputs and with noise: extrinsics, calls, inputs
 * of runtime APIs, stored values, timelock payloads and envelopes, commitment texts.
 *
 * @param seed makes the cases the same every time
 */
export const fuzzScale = (cases: number, seed = 1): FuzzReport => {
  const random = generator(seed);
  const targets = allTargets();
  const crashes: FuzzReport['crashes'][number][] = [];
  let decoded = 0;
  for (let i = 0; i < cases; i++) {
    const target = targets[i % targets.length] as Target;
    const input = mutated(target.seeds, random);
    try {
      if (target.run(input)) decoded += 1;
    } catch (error) {
      if (isRefusal(error)) continue;
      if (crashes.length < MOST_KEPT) {
        crashes.push({ target: target.name, input: hex(input), error: String(error) });
      }
    }
  }
  return { cases, decoded, crashes };
};

const isRefusal = (error: unknown): boolean => error instanceof ScaleError || failureOf(error) !== null;

const allTargets = (): Target[] => {
  const runtime = createRuntime(12_000);
  const state = new Overlay({ get: () => undefined, keys: () => [] });
  const context = { state, block: 0, deposit: () => undefined };
  writeGenesis(context, DEFAULT_GENESIS, generateBeaconKey().publicKey, 0);
  const calls = sampleCalls();
  const extrinsics = calls.map((call) => unsignedExtrinsic(call));

  const apis = runtime.apis.flatMap(({ name, methods }) =>
    methods.map((method): Target => ({
      name: `${name}_${method.name}`,
      seeds: [Uint8Array.of(3, 0, 2, 0), new Uint8Array(40), Uint8Array.of(4, ...new Uint8Array(32))],
      run: (bytes) => method.run({ state, block: 1 }, bytes).length >= 0,
    })),
  );
  const values = runtime.pallets.flatMap(({ name, storage }) =>
    storage.flatMap((item): Target[] => {
      const stored = state.keys(item.prefix).map((key) => state.get(key) as Uint8Array);
      const decode = (bytes: Uint8Array) => {
        item.value.decode(new Source(bytes));
        return true;
      };
      // Events are written, never read back.
      return item.name === 'Events'
        ? []
        : [{ name: `${name}.${item.name}`, seeds: [...stored, new Uint8Array(64)], run: decode }];
    }),
  );
  return [
    { name: 'length', seeds: extrinsics, run: (bytes) => withoutLength(bytes) !== null },
    {
      name: 'extrinsic',
      seeds: [...extrinsics.map((each) => each.subarray(lengthOfPrefix(each))), signedSample()],
      run: (bytes) => decodeExtrinsic(bytes).extrinsic !== null,
    },
    { name: 'call', seeds: calls.map((call) => encodeWith(runtimeCall, call)), run: callComesBack },
    ...apis,
    ...values,
    ...timelockTargets(),
  ];
};

/** A call that decodes is written again byte for byte: no two encodings of one call. */
const callComesBack = (bytes: Uint8Array): boolean => {
  const source = new Source(bytes);
  const call = runtimeCall.decode(source);
  source.end();
  if (hex(encodeWith(runtimeCall, call)) !== hex(bytes)) throw new Error('it is written otherwise than read');
  return true;
};

const timelockTargets = (): Target[] => {
  const ciphertext = encryptToRound(new Uint8Array(20), 1000, generateBeaconKey().publicKey);
  const payload = { hotkey: new Uint8Array(32), uids: [1, 2], values: [3, 4], versionKey: 0n };
  return [
    {
      name: 'weights payload',
      seeds: [encodeWeightsPayload(payload)],
      run: (bytes) => decodeWeightsPayload(bytes).uids.length >= 0,
    },
    {
      name: 'envelope',
      seeds: [userDataEnvelope({ ciphertext, round: 1000n })],
      run: (bytes) => readUserDataEnvelope(bytes).ciphertext.length >= 0,
    },
    {
      name: 'commitment text',
      seeds: [encodeCommitmentText('0123456789abcdef:https://example.com/train.py')],
      run: (bytes) => decodeCommitmentText(bytes) !== null,
    },
  ];
};

const sampleCalls = () => {
  const encrypted = new Uint8Array(260);
  return [
    setTimestamp({ now: 1_700_000_000_000n }),
    setCommitment({
      netuid: 3,
      info: { fields: [{ kind: 'TimelockEncrypted', encrypted, reveal_round: 9n }] },
    }),
    setCommitment({
      netuid: 3,
      info: { fields: [{ kind: 'Raw', bytes: new Uint8Array(61) }, { kind: 'ResetBondsFlag' }] },
    }),
    commitTimelockedWeights({ netuid: 3, commit: encrypted, reveal_round: 9n, commit_reveal_version: 4 }),
  ];
};

/** A signed extrinsic without its length; the signature is none. */
const signedSample = (): Uint8Array => {
  const who = Buffer.from(developmentAccount('//Alice'), 'hex');
  const call = encodeWith(runtimeCall, setTimestamp({ now: 1n }));
  return Uint8Array.from([0x84, 0, ...who, 1, ...new Uint8Array(64), 0x55, 0x02, 4, 0, 0, ...call]);
};

const lengthOfPrefix = (bytes: Uint8Array): number => [1, 2, 4, 5][(bytes[0] ?? 0) & 3] ?? 1;

type Random = (below: number) => number;

/** mulberry32: small, and the same everywhere. */
const generator = (seed: number): Random => {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

/** Values that lengths, options and enums trip over. */
const SHARP = [0, 1, 2, 3, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff];
const LONGEST_NOISE = 120;

const mutated = (seeds: readonly Uint8Array[], random: Random): Uint8Array => {
  const seed = seeds[random(seeds.length)];
  if (!seed || random(8) === 0) return Uint8Array.from({ length: random(LONGEST_NOISE) }, () => random(256));
  let bytes = [...seed];
  for (let change = random(4); change >= 0; change--) {
    const at = random(bytes.length + 1);
    const value = random(2) === 0 ? (SHARP[random(SHARP.length)] ?? 0) : random(256);
    switch (random(4)) {
      case 0:
        bytes[at < bytes.length ? at : 0] = value;
        break;
      case 1:
        bytes = bytes.slice(0, at);
        break;
      case 2:
        bytes.splice(at, 0, value);
        break;
      default:
        bytes.splice(at, 1 + random(4));
    }
  }
  return Uint8Array.from(bytes);
};
