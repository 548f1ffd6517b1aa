import { concatBytes } from '@noble/hashes/utils.js';
import { digest, type Digest } from '../pallets/system.js';
import { blake256 } from '../runtime/hashing.js';
import { h256, hex, unhex } from '../runtime/types.js';
import { compact, encodeWith, struct, u32, u64 } from '../scale/index.js';

/** A block's header. Hashes are hex without `0x`. */
export interface Header {
  readonly parentHash: string;
  readonly number: number;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly digest: Digest;
}

export interface Block {
  readonly hash: string;
  readonly header: Header;
  /** Each with its length prefix, as it came. */
  readonly extrinsics: readonly Uint8Array[];
}

export type Changes = ReadonlyMap<string, Uint8Array | null>;

const header = struct('', {
  parent_hash: h256,
  number: compact(u32),
  state_root: h256,
  extrinsics_root: h256,
  digest,
});

export const hashOf = ({ parentHash, number, stateRoot, extrinsicsRoot, digest }: Header): string =>
  hex(
    blake256(
      encodeWith(header, {
        parent_hash: parentHash,
        number,
        state_root: stateRoot,
        extrinsics_root: extrinsicsRoot,
        digest,
      }),
    ),
  );

/** Digest of a block that Aura's slot `slot` produced. The devnet does not seal: nobody verifies its authorship. */
export const auraDigest = (slot: number): Digest => ({
  logs: [{ kind: 'PreRuntime', value: [new TextEncoder().encode('aura'), encodeWith(u64, BigInt(slot))] }],
});

/**
 * Stands for the state root. A devnet keeps no trie, so it is a hash chain over the changes instead: equal histories
 * have equal roots, but it proves no single value.
 */
export const rootAfter = (parentRoot: string, changes: Changes): string => {
  const keys = [...changes.keys()].sort();
  const parts = keys.map((key) => concatBytes(unhex(key), changes.get(key) ?? new Uint8Array()));
  return hex(blake256(concatBytes(unhex(parentRoot), ...parts)));
};

/** Stands for the extrinsics root, likewise. */
export const extrinsicsRootOf = (extrinsics: readonly Uint8Array[]): string =>
  hex(blake256(concatBytes(...extrinsics)));
