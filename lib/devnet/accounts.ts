import type { AccountId } from './runtime/types.js';

/**
 * Public keys of the development paths that genesis needs, sr25519. Deriving them takes longer than all the rest of a
 * start; `developmentKey` derives them, and a test holds both together.
 */
const ACCOUNTS: Readonly<Record<string, AccountId>> = {
  '//Alice': 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
  '//Bob': '8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
  '//Charlie': '90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
  '//Dave': '306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20',
  '//Eve': 'e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
  '//Ferdie': '1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
  '//One': 'ac859f8a216eeb1b320b4c76d118da3d7407fa523484d0a980126d3b4d0d220a',
  '//Two': '1254f7017f0b8347ce7ab14f96d818802e7e9e0c0d1b7c9acb3c726b080e7a03',
  '//Three': '9026941b7aa2328a8c5ea4e25bb747a2bf92a066fae0cc3722faf58cf44d3502',
  '//Alice//owner': 'b81fb58dd426a60bbe06074a9da3bf43f11f32b6542563089e0c455d5053221a',
  '//Alice//burn': '3026a127691a468c0a7ece88d743339f8923bdbe399e63413bc3ae11be0dd44f',
  '//Alice//nobody': '2462b8788aa7c68d936bbb8b1327a0764b03d1669d9f3b36de41a5c38c1ed538',
  '//Bob//validator': '94bfc351ef457125cd3c49313c8ca85026f9f027f7b9d9e1957e934b5bbaea40',
};

/** The account of a development path that is part of genesis. */
export const developmentAccount = (path: string): AccountId => {
  const known = ACCOUNTS[path];
  if (known === undefined) throw new Error(`${path} is no path of genesis`);
  return known;
};

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
