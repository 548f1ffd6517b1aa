import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { SS58_PREFIX } from './runtime/settings.js';

/** Seed of Substrate's well-known development phrase, `bottom drive obey lake curtain smoke basket hold race lonely fit walk`. */
const DEVELOPMENT_SEED = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';

const keys = new Map<string, KeyringPair>();

/** The development key of a derivation path such as `//Alice`, sr25519. The seed is used, as a phrase takes 50 ms to become one. */
export const developmentKey = (path: string): KeyringPair => {
  const known = keys.get(path);
  if (known) return known;
  const keyring = new Keyring({ type: 'sr25519', ss58Format: SS58_PREFIX });
  const made = keyring.addFromUri(DEVELOPMENT_SEED + path);
  keys.set(path, made);
  return made;
};
