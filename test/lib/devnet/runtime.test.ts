import assert from 'node:assert/strict';
import { Metadata, TypeRegistry } from '@polkadot/types';
import fc from 'fast-check';
import { developmentAccount } from '../../../lib/devnet/accounts.js';
import { DEFAULT_GENESIS, writeGenesis } from '../../../lib/devnet/genesis.js';
import type { Context } from '../../../lib/devnet/runtime/context.js';
import { DispatchFailure } from '../../../lib/devnet/runtime/errors.js';
import { loadHashing } from '../../../lib/devnet/runtime/hashing.js';
import { runtimeCall } from '../../../lib/devnet/runtime/outer.js';
import { createRuntime, PALLETS } from '../../../lib/devnet/runtime/runtime.js';
import { Overlay } from '../../../lib/devnet/runtime/state.js';
import { hex, unhex } from '../../../lib/devnet/runtime/types.js';
import { compact, decodeWith, encodeWith, ScaleError, u128, u64 } from '../../../lib/devnet/scale/index.js';
import { generateBeaconKey } from '../../../lib/timelock/index.js';

const NOTHING = { get: () => undefined, keys: () => [] };

describe('the devnet’s runtime', () => {
  let state: Overlay;
  before(async () => {
    await loadHashing();
    state = new Overlay(NOTHING);
    const context = { state, block: 0, deposit: () => undefined };
    writeGenesis(context, DEFAULT_GENESIS, generateBeaconKey().publicKey, Date.now());
  });

  it('fails calls of any content by their own errors only', () => {
    const calls = PALLETS.flatMap(({ index, calls }) => calls.map((call) => [index, call.index] as const));
    const small = fc.constantFrom(0, 1, 2, 3, 4, 8, 255);
    const content = fc.array(fc.oneof({ weight: 3, arbitrary: small }, fc.nat(255)), { maxLength: 160 });
    const origins = [
      { kind: 'root' },
      { kind: 'none' },
      { kind: 'signed', who: developmentAccount('//Bob//validator') },
      { kind: 'signed', who: developmentAccount('//Alice') },
    ] as const;
    let dispatched = 0;
    fc.assert(
      fc.property(fc.constantFrom(...calls), content, fc.constantFrom(...origins), (call, bytes, origin) => {
        const scratch: Context = {
          state: new Overlay(state),
          block: 1,
          deposit: (event) => void event.encode,
        };
        try {
          const decoded = decodePrefix(Uint8Array.from([...call, ...bytes]));
          dispatched += 1;
          if (origin.kind === 'signed') decoded.guard(scratch, origin.who);
          decoded.dispatch(scratch, origin);
        } catch (error) {
          assert.ok(error instanceof ScaleError || error instanceof DispatchFailure, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
    assert.ok(dispatched > 400, `only ${dispatched} decoded`);
  });

  it('writes calls as it reads them', () => {
    const checked = [
      '0777030000080100050008ffff01000000000000000000',
      '120003000404616263',
      '077603000008010209000000000000000400',
    ];
    for (const text of checked) {
      const call = decodeWith(runtimeCall, unhex(text));
      assert.equal(hex(encodeWith(runtimeCall, call)), text);
    }
  });

  it('has metadata that polkadot-js writes again byte for byte', () => {
    const runtime = createRuntime(12_000);
    for (const version of [14, 15]) {
      const bytes = runtime.metadata(version, 475);
      assert.ok(bytes);
      const again = new Metadata(new TypeRegistry(), `0x${hex(bytes)}`).toU8a();
      assert.equal(hex(again), hex(bytes));
    }
    assert.equal(runtime.metadata(16, 475), null);
  });

  it('knows where the known storage keys lie', () => {
    const alice = developmentAccount('//Alice');
    const item = (pallet: string, name: string) =>
      PALLETS.find((each) => each.name === pallet)?.storage.find((each) => each.name === name)?.prefix;
    assert.equal(
      item('Commitments', 'RevealedCommitments'),
      'ca407206ec1ab726b2636c4b145ac2879055a2cffd4b296f38f2de8d9b333cab',
    );
    assert.equal(item('Drand', 'Pulses'), 'a285cdb66e8b8524ea70b1693c7b1e050d8e70fd32bfb1639703f9a23d15b15e');
    assert.ok(state.keys(item('SubtensorModule', 'Owner') ?? '').every((key) => key.length > 64));
    assert.ok(state.keys(item('System', 'Account') ?? '').some((key) => key.endsWith(alice)));
  });
});

/** A call at the front of some bytes; what follows it does not matter here. */
const decodePrefix = (bytes: Uint8Array) => {
  for (let length = 2; length <= bytes.length; length++) {
    try {
      return decodeWith(runtimeCall, bytes.subarray(0, length));
    } catch (error) {
      if (!(error instanceof ScaleError) || length === bytes.length) throw error;
    }
  }
  throw new ScaleError('no call');
};

describe('SCALE', () => {
  it('reads every compact integer that it writes, and no longer form of it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
        assert.equal(decodeWith(compact(u128), encodeWith(compact(u128), value)), value);
      }),
    );
    assert.throws(() => decodeWith(compact(u64), Uint8Array.of(1, 0)), ScaleError);
    assert.throws(() => decodeWith(compact(u64), Uint8Array.of(3, 1, 0, 0, 0)), ScaleError);
    assert.throws(() => decodeWith(compact(u64), encodeWith(compact(u128), 2n ** 64n)), ScaleError);
  });
});
