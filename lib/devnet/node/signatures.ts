import type * as Crypto from '@polkadot/util-crypto';
import { hex, unhex, type AccountId, type MultiSignature } from '../runtime/types.js';

/*
 * Loading polkadot-js takes as long as all the rest of a devnet's start, and before the first transaction nothing of it is
 * needed. So it is loaded by whoever needs it first: the call that brings a transaction or an address, or the first block.
 */
let crypto: typeof Crypto | undefined;
let loading: Promise<typeof Crypto> | undefined;

/** Loads what signatures and addresses are read with; at once where that has been done. */
export const loadSignatures = async (): Promise<void> => {
  crypto ??= await (loading ??= import('@polkadot/util-crypto'));
};

/** Whether `who` signed the message. Needs {@link loadSignatures}. */
export const isSignedBy = (who: AccountId, message: Uint8Array, { kind, value }: MultiSignature): boolean => {
  const { sr25519Verify, ed25519Verify, secp256k1Verify } = loaded();
  try {
    switch (kind) {
      case 'Sr25519':
        return sr25519Verify(message, value, unhex(who));
      case 'Ed25519':
        return ed25519Verify(message, value, unhex(who));
      case 'Ecdsa':
        return secp256k1Verify(message, value, unhex(who), 'blake2');
    }
  } catch {
    return false;
  }
};

/** The account of an SS58 address, null for a text that is none. Needs {@link loadSignatures}. */
export const accountOfAddress = (address: string): AccountId | null => {
  const { decodeAddress } = loaded();
  try {
    return hex(decodeAddress(address));
  } catch {
    return null;
  }
};

const loaded = (): typeof Crypto => {
  if (crypto) return crypto;
  throw new Error('signatures are read before they are loaded');
};
