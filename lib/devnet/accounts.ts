import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { SS58_PREFIX } from './runtime/settings.js';
import { hex, type AccountId } from './runtime/types.js';

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

export const developmentAccount = (path: string): AccountId => hex(developmentKey(path).publicKey);

/** TAO at genesis by derivation path, as a Subtensor localnet has them. */
export const FUNDED_ACCOUNTS = {
  '//Alice': 1_000_000,
  '//Bob': 1_000_000,
  '//Charlie': 1_000_000,
  '//Dave': 2_000,
  '//Eve': 2_000,
  '//Ferdie': 2_000,
  '//One': 2_000,
  '//Two': 2_000,
  '//Three': 2_000,
} as const;

/** Who may call `Sudo.sudo`, and the owner of every genesis subnet. */
export const SUDO_PATH = '//Alice';

/** The authority whose slots all blocks are. */
export const AUTHORITY_PATH = '//One';

/** The subnet that the product runs on. */
export const CRUSADES_NETUID = 3;

/** The neurons of {@link CRUSADES_NETUID} at genesis, by uid. */
export const GENESIS_NEURONS = {
  /** Hotkey of the subnet's owner. */
  owner: { uid: 0, hotkeyPath: '//Alice//owner', coldkeyPath: '//Alice' },
  /** Whoever gets weight here gets nothing: its coldkey is nobody's. */
  burn: { uid: 1, hotkeyPath: '//Alice//burn', coldkeyPath: '//Alice//nobody' },
  /** A validator with stake and permit. */
  validator: { uid: 2, hotkeyPath: '//Bob//validator', coldkeyPath: '//Bob' },
} as const;
