import assert from 'node:assert/strict';
import { expandMetadata, Metadata, TypeRegistry } from '@polkadot/types';
import type { DecoratedMeta } from '@polkadot/types/metadata/decorate/types';
import { compactStripLength, stringCamelCase, u8aToHex } from '@polkadot/util';
import {
  driftOf,
  factsOf,
  namesIn,
  NEWEST_REFERENCE,
  referenceFacts,
  REFERENCES,
  restrictTo,
  TOUCHED,
  unionOf,
  type ChainFacts,
} from '../../../lib/contract/index.js';
import { developmentKey, devnetMetadata } from '../../../lib/devnet/index.js';
import { loadHashing } from '../../../lib/devnet/runtime/hashing.js';
import { runtimeCall } from '../../../lib/devnet/runtime/outer.js';
import { PALLETS } from '../../../lib/devnet/runtime/runtime.js';
import { Source } from '../../../lib/devnet/scale/index.js';
import { metadataFrom } from './layouts.js';

const ALICE = developmentKey('//Alice');

/** What the devnet has beyond the newest runtime at hand, or otherwise, each for its reason. */
const DELIBERATE: Readonly<Record<string, string>> = {
  'SubtensorModule.SubnetEpochConsensus':
    'newer runtimes have it, and the official SDK reads it before every weight',
};
const OWN_VALUES = ['Aura.SlotDuration', 'System.Version', 'Timestamp.MinimumPeriod'];

describe('the devnet and the contract with finney', () => {
  const reference = referenceFacts();
  let devnet: ChainFacts;
  before(() => {
    devnet = factsOf(devnetMetadata(15, 12_000));
  });

  it('have the same names, hashers, layouts and indices, but for what is listed', () => {
    const everything = unionOf(TOUCHED, namesIn(devnet));
    const differences = driftOf(reference, devnet, everything);
    assert.deepEqual(
      differences.filter(({ kind, aspect }) => !(kind === 'constant' && aspect === 'value')),
      [],
    );
    assert.deepEqual(differences.map(({ item }) => item).sort(), OWN_VALUES);
    const onlyHere = driftOf(devnet, reference, namesIn(devnet)).filter(({ aspect }) => aspect === 'absent');
    assert.deepEqual(
      onlyHere.map(({ item }) => item),
      Object.keys(DELIBERATE),
    );
  });

  it('have the same signed extensions in the same order', () => {
    assert.deepEqual(devnet.extensions, reference.extensions);
  });

  it('has in metadata 14 what it has in 15, but for the runtime APIs', () => {
    const older = factsOf(devnetMetadata(14, 12_000));
    assert.deepEqual(older.pallets, devnet.pallets);
    assert.deepEqual(older.extensions, devnet.extensions);
    assert.deepEqual(older.apis, {});
  });
});

for (const spec of REFERENCES) {
  describe(`what the product touches, on spec ${spec}`, () => {
    before(() => loadHashing());
    const facts = referenceFacts(spec);
    let decorated: DecoratedMeta;
    before(() => {
      const registry = new TypeRegistry();
      const metadata = new Metadata(registry, u8aToHex(metadataFrom(facts)));
      registry.setMetadata(metadata);
      decorated = expandMetadata(registry, metadata);
    });

    it('survives being written as metadata and read again', () => {
      const again = factsOf(metadataFrom(facts));
      assert.deepEqual(again.pallets, facts.pallets);
      assert.deepEqual(again.apis, facts.apis);
    });

    it('is all there, or known to be replaceable', () => {
      const named = { ...facts, ...restrictTo(facts, TOUCHED) };
      const missing = driftOf(referenceFacts(NEWEST_REFERENCE), named, TOUCHED).filter(
        ({ aspect, severity }) => aspect === 'absent' && severity === 'breaking',
      );
      assert.deepEqual(missing, []);
    });

    it('has the storage keys that the devnet has', () => {
      const { query } = decorated;
      for (const [pallet, name] of namesOf(facts, 'storage')) {
        const entry = query[stringCamelCase(pallet)]?.[stringCamelCase(name)];
        const simulated = PALLETS.find((each) => each.name === pallet)?.storage.find(
          (each) => each.name === name,
        );
        assert.ok(entry && simulated, `${pallet}.${name}`);
        const layouts = facts.pallets[pallet]?.storage[name]?.keys ?? [];
        const ours = layouts.map((key) =>
          key.endsWith('AccountId32') ? u8aToHex(ALICE.publicKey).slice(2) : sampleOf(key),
        );
        const theirs = layouts.map((key) => (key.endsWith('AccountId32') ? ALICE.address : sampleOf(key)));
        const [, key] = compactStripLength(entry(...theirs));
        const item = simulated as unknown as { keyOf(...key: readonly unknown[]): string };
        assert.equal(u8aToHex(key), `0x${item.keyOf(...ours)}`, `${pallet}.${name}`);
      }
    });

    it('has calls that the devnet reads to the last byte', () => {
      const { tx } = decorated;
      for (const [pallet, call] of namesOf(facts, 'calls')) {
        const make = tx[stringCamelCase(pallet)]?.[stringCamelCase(call)];
        assert.ok(make, `${pallet}.${call}`);
        const bytes = make(...(SAMPLES[call] ?? [])).toU8a();
        const source = new Source(bytes);
        const read = runtimeCall.decode(source);
        source.end();
        assert.deepEqual([read.pallet, read.name], [pallet, call]);
      }
    });

    it('encodes the calls that decide as they were checked on a real node', () => {
      const { query, tx } = decorated;
      const weights = tx['subtensorModule']?.['setMechanismWeights']?.(3, 0, [1, 5], [65_535, 1], 0);
      assert.equal(weights?.toHex(), '0x0777030000080100050008ffff01000000000000000000');
      const plain = tx['commitments']?.['setCommitment']?.(3, { fields: [{ Raw3: 'abc' }] });
      assert.equal(plain?.toHex(), '0x120003000404616263');
      const sealed = { TimelockEncrypted: { encrypted: '0x0102', revealRound: 9 } };
      const timelocked = tx['commitments']?.['setCommitment']?.(3, { fields: [sealed] });
      assert.equal(timelocked?.toHex(), '0x1200030004860801020900000000000000');
      const [, uids] = compactStripLength(
        query['subtensorModule']?.['uids']?.(3, ALICE.address) ?? new Uint8Array(),
      );
      assert.equal(u8aToHex(uids), UIDS_OF_ALICE);
    });

    it('has its constants, events and errors by name', () => {
      const { consts, errors, events } = decorated;
      for (const [pallet, name] of namesOf(facts, 'constants'))
        assert.ok(consts[stringCamelCase(pallet)]?.[stringCamelCase(name)], name);
      for (const [pallet, name] of namesOf(facts, 'events'))
        assert.ok(events[stringCamelCase(pallet)]?.[name], name);
      for (const [pallet, name] of namesOf(facts, 'errors'))
        assert.ok(errors[stringCamelCase(pallet)]?.[name], name);
    });
  });
}

const UIDS_OF_ALICE =
  '0x658faa385070e074c85bf6b568cf0555aab1b4e78e1ea8305462ee53b3686dc80300' +
  `de1e86a9a8c739864cf3cc5ec2bea59f${u8aToHex(ALICE.publicKey).slice(2)}`;

/** Touched names that a runtime has, by pallet. */
const namesOf = (facts: ChainFacts, section: 'storage' | 'calls' | 'constants' | 'events' | 'errors') =>
  Object.entries(TOUCHED.pallets).flatMap(([pallet, names]) =>
    (names[section] ?? []).flatMap((name) =>
      facts.pallets[pallet]?.[section][name] === undefined ? [] : [[pallet, name] as const],
    ),
  );

/** A key of some number: a round is a bigint here, counts are numbers. */
const sampleOf = (key: string): number | bigint => (key === 'Blake2_128Concat u64' ? 7n : 7);

const SAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  set: [1_700_000_000_000],
  transfer_keep_alive: [ALICE.address, 1],
  add_stake: [ALICE.address, 3, 5],
  burned_register: [3, ALICE.address],
  commit_timelocked_weights: [3, '0x0102', 9, 4],
  commit_timelocked_mechanism_weights: [3, 0, '0x0102', 9, 4],
  set_weights: [3, [1], [2], 0],
  set_mechanism_weights: [3, 0, [1], [2], 0],
  transfer_stake: [ALICE.address, ALICE.address, 3, 3, 5],
  batch: [[]],
  batch_all: [[]],
  force_batch: [[]],
  set_commitment: [3, { fields: [{ Raw1: 'a' }] }],
};
