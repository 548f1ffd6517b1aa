import assert from 'node:assert/strict';
import { isExtensionOf, partsOf } from '../../../lib/contract/layout.js';
import {
  driftOf,
  namesIn,
  referenceFacts,
  referenceFor,
  TOUCHED,
  type ChainFacts,
  type Drift,
  type PalletFacts,
} from '../../../lib/contract/index.js';

const reference = referenceFacts();

/** The reference with one pallet changed. */
const withPallet = (name: string, change: (pallet: PalletFacts) => Partial<PalletFacts>): ChainFacts => {
  const pallet = reference.pallets[name];
  assert.ok(pallet);
  return { ...reference, pallets: { ...reference.pallets, [name]: { ...pallet, ...change(pallet) } } };
};

const drift = (actual: ChainFacts): Drift[] => driftOf(reference, actual, TOUCHED);
const brief = (all: readonly Drift[]) =>
  all.map(({ severity, item, aspect }) => `${severity} ${item} ${aspect}`);

describe('drift', () => {
  it('is none between a runtime and itself', () => {
    assert.deepEqual(driftOf(reference, reference, namesIn(reference)), []);
  });

  it('breaks when a storage item is gone, has another hasher or another value', () => {
    const without = withPallet('SubtensorModule', ({ storage }) => {
      const { Uids, ...others } = storage;
      assert.ok(Uids);
      return { storage: others };
    });
    assert.deepEqual(brief(drift(without)), ['breaking SubtensorModule.Uids absent']);
    const rehashed = withPallet('SubtensorModule', ({ storage }) => ({
      storage: {
        ...storage,
        Uids: {
          keys: ['Identity u16', 'Identity AccountId32'],
          value: 'u32',
          optional: true,
          fallback: '0x00',
        },
      },
    }));
    assert.deepEqual(brief(drift(rehashed)), [
      'breaking SubtensorModule.Uids keys',
      'breaking SubtensorModule.Uids value',
    ]);
  });

  it('is tolerated where the product knows another way', () => {
    const older = withPallet('SubtensorModule', ({ storage }) => {
      const { SubnetEpochIndex, ...others } = storage;
      assert.ok(SubnetEpochIndex);
      return { storage: others };
    });
    const [only] = drift(older);
    assert.equal(only?.severity, 'tolerated');
    assert.match(only?.note ?? '', /modulo/);
  });

  it('tolerates what is added to a value that is read by name, not an argument of a call', () => {
    const extended = withPallet('Commitments', ({ storage, calls }) => ({
      storage: {
        ...storage,
        CommitmentOf: {
          ...(storage['CommitmentOf'] as PalletFacts['storage'][string]),
          value: (storage['CommitmentOf']?.value ?? '').replace('block: u32', 'block: u32, by: AccountId32'),
        },
      },
      calls: {
        ...calls,
        set_commitment: {
          index: 0,
          fields: `${calls['set_commitment']?.fields}, deposit: u64`,
        },
      },
    }));
    assert.deepEqual(brief(drift(extended)), [
      'breaking Commitments.set_commitment fields',
      'tolerated Commitments.CommitmentOf value',
    ]);
  });

  it('breaks when something comes before what is read by its place', () => {
    const events = withPallet('SubtensorModule', ({ events }) => {
      const { index, fields } = events['StakeAdded'] as { index: number; fields: string };
      return { events: { ...events, StakeAdded: { index, fields: `u64, ${fields}` } } };
    });
    assert.deepEqual(brief(drift(events)), ['breaking SubtensorModule.StakeAdded fields']);
    const quoted = reference.apis['SwapRuntimeApi']?.['sim_swap_tao_for_alpha'] ?? '';
    const apis = {
      ...reference.apis,
      SwapRuntimeApi: {
        ...reference.apis['SwapRuntimeApi'],
        sim_swap_tao_for_alpha: quoted.replace('alpha_amount', 'price: u64, alpha_amount'),
      },
    };
    assert.deepEqual(brief(drift({ ...reference, apis })), [
      'breaking SwapRuntimeApi.sim_swap_tao_for_alpha type',
    ]);
  });

  it('is harmless in indices, defaults and values of constants', () => {
    const moved = withPallet('Aura', ({ constants }) => ({
      index: 9,
      constants: { ...constants, SlotDuration: { type: 'u64', value: '0x00' } },
    }));
    assert.deepEqual(brief(drift(moved)), ['harmless Aura index', 'harmless Aura.SlotDuration value']);
  });

  it('breaks when a signed extension with bytes comes or goes, not when an empty one does', () => {
    const empty = { name: 'New', type: '()', implicit: '()' };
    const grown: ChainFacts = { ...reference, extensions: [...reference.extensions, empty] };
    assert.deepEqual(brief(drift(grown)), ['harmless New added']);
    const signed: ChainFacts = {
      ...reference,
      extensions: [...reference.extensions, { ...empty, implicit: 'u32' }],
    };
    assert.deepEqual(brief(drift(signed)), ['breaking signed extensions type', 'harmless New added']);
  });

  it('is told against the newest known runtime that is no newer', () => {
    assert.deepEqual([100, 365, 460, 461, 475].map(referenceFor), [365, 365, 365, 461, 461]);
  });
});

describe('a layout', () => {
  it('extends another with variants or fields added, not with any taken away or renamed', () => {
    const base = 'enum { None = 0, Raw = 1 ([u8; 4]) }';
    assert.ok(isExtensionOf(base, 'enum { None = 0, Raw = 1 ([u8; 4]), New = 2 { a: u8 } }'));
    assert.ok(!isExtensionOf(base, 'enum { None = 0, Raw = 1 ([u8; 5]) }'));
    assert.ok(!isExtensionOf('{ a: u8, b: u16 }', '{ a: u8 }'));
    assert.ok(!isExtensionOf('{ a: u8 }', '{ b: u8 }'));
    assert.ok(isExtensionOf('Compact<u16>', 'Compact<u64>'), 'the bytes are the same');
  });

  it('may grow at the end of what is read by place, and nowhere else', () => {
    assert.ok(isExtensionOf('AccountId32, u64', 'AccountId32, u64, u16'), 'fields of an event');
    assert.ok(!isExtensionOf('AccountId32, u64', 'AccountId32, u16, u64'));
    assert.ok(isExtensionOf('Vec<(AccountId32, u64)>', 'Vec<(AccountId32, u64, u16)>'));
    assert.ok(!isExtensionOf('Vec<(AccountId32, u64)>', 'Vec<(u16, AccountId32, u64)>'));
    assert.ok(isExtensionOf('{ a: u8, b: u8 }', '{ c: u8, b: u8, a: u8 }'), 'a struct is read by names');
    assert.ok(!isExtensionOf('{ a: u8, b: u8 }', '{ a: u8, c: u8, b: u8 }', 'place'));
    assert.ok(isExtensionOf('{ a: u8, b: u8 }', '{ a: u8, b: u8, c: u8 }', 'place'));
    assert.ok(!isExtensionOf('[u8; 32]', '[u8; 64]') && !isExtensionOf('Vec<u8>', 'Option<u8>'));
  });

  it('extends a method’s result, not its arguments', () => {
    assert.ok(isExtensionOf('(netuid: u16) -> { a: u8 }', '(netuid: u16) -> { b: u8, a: u8 }'));
    assert.ok(!isExtensionOf('(netuid: u16) -> u8', '(netuid: u16, at: u32) -> u8'));
  });

  it('extends an enum only where every variant keeps its number and what it holds', () => {
    const base = 'enum { Yuma = 0, Null = 1 }';
    assert.ok(isExtensionOf(base, 'enum { Yuma = 0, Null = 1, Other = 2 (u8) }'));
    assert.ok(!isExtensionOf(base, 'enum { Null = 0, Yuma = 1 }'));
    assert.ok(!isExtensionOf(base, 'enum { Yuma = 0, Null = 1 (u8) }'));
    assert.ok(!isExtensionOf(base, 'enum { Yuma = 0, Null = 11 }'));
  });

  it('has its parts between the outermost commas', () => {
    assert.deepEqual(partsOf('netuid: u16, info: { fields: Vec<(u8, u8)>, b: u8 }'), [
      'netuid: u16',
      'info: { fields: Vec<(u8, u8)>, b: u8 }',
    ]);
    assert.deepEqual(partsOf(''), []);
  });
});
