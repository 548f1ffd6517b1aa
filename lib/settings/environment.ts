import { z } from 'zod';

/** What comes from the environment: secrets, addresses, places. An empty value counts as not set. */

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

/** Addresses separated by commas or space. */
const endpointList = (text: string): string[] => text.split(/[\s,]+/).filter((part) => part !== '');

const isWebsocket = (address: string): boolean => isAddress(address, /^wss?:$/);
const isHttp = (address: string): boolean => isAddress(address, /^https?:$/);

const isAddress = (address: string, protocol: RegExp): boolean =>
  URL.canParse(address) && protocol.test(new URL(address).protocol);

export const environmentSchema = z.object({
  CRUSADES_HPARAMS: z
    .string()
    .optional()
    .describe('File of the competition’s settings. Default: hparams/hparams.json of the program.'),
  CRUSADES_TEMPORAL_SETTINGS: z
    .string()
    .optional()
    .describe('File of the settings for Temporal. Default: temporal.yaml of the program.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, hostname: /.*/ })
    .meta({ examples: ['postgres://user:password@host:5432/crusades'] })
    .optional()
    .describe('The ledger’s Postgres; without it the program starts one of its own.'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'must be host:port')
    .meta({ examples: ['127.0.0.1:7233'] })
    .optional()
    .describe('Overrides `address` of temporal.yaml.'),
  TEMPORAL_NAMESPACE: z.string().optional().describe('Overrides `namespace` of temporal.yaml.'),
  TEMPORAL_API_KEY: z.string().optional().describe('API key for Temporal; it switches TLS on.'),
  TEMPORAL_TLS: flag.optional().describe('Overrides `tls.enabled` of temporal.yaml.'),
  CRUSADES_NETWORK: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/)
    .meta({ examples: ['finney', 'devnet'] })
    .optional()
    .describe('Name of the network: `finney`, `test`, `devnet` or a name of your own. Default: finney.'),
  CRUSADES_ENDPOINT: z
    .string()
    .refine((text) => endpointList(text).every(isWebsocket), 'must be ws:// or wss:// addresses, by commas')
    .meta({ examples: ['wss://entrypoint-finney.opentensor.ai:443'] })
    .optional()
    .describe(
      'Endpoint of the chain, ws:// or wss://; several, separated by commas, in the order of preference. ' +
        'Default: the network’s public ones.',
    ),
  CRUSADES_ARCHIVE_ENDPOINT: z
    .url({ protocol: /^wss?$/ })
    .meta({ examples: ['wss://archive.chain.opentensor.ai:443'] })
    .optional()
    .describe(
      'Endpoint of a node that keeps old state, asked only for what the others have discarded. ' +
        'Default: the network’s public one, if it has one.',
    ),
  CRUSADES_GENESIS: z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/, 'must be 0x and 64 hex digits')
    .optional()
    .describe(
      'Hash of the chain’s block 0; an endpoint of another chain is refused. ' +
        'Default: finney’s where that is the network, else that of the first endpoint that answers.',
    ),
  CRUSADES_DRAND_URL: z
    .string()
    .refine((text) => endpointList(text).every(isHttp), 'must be http:// or https:// addresses, by commas')
    .meta({ examples: ['https://api.drand.sh'] })
    .optional()
    .describe(
      'HTTP API of the drand beacon, second source of pulses that the chain lacks; several, separated by commas. ' +
        'Default: none.',
    ),
  CRUSADES_WALLET_PATH: z
    .string()
    .optional()
    .describe('Directory of the wallets. Default: BT_WALLET_PATH, else ~/.bittensor/wallets.'),
  CRUSADES_WALLET_NAME: z
    .string()
    .optional()
    .describe('Name of the wallet. Default: BT_WALLET_NAME, BT_WALLET, else default.'),
  CRUSADES_WALLET_HOTKEY: z
    .string()
    .optional()
    .describe('Name of the hotkey. Default: BT_WALLET_HOTKEY, else default.'),
  BT_WALLET_PATH: z.string().optional().describe('As the official tools name it: directory of the wallets.'),
  BT_WALLET_NAME: z.string().optional().describe('As the official tools name it: the wallet.'),
  BT_WALLET: z.string().optional().describe('As newer official tools name it: the wallet.'),
  BT_WALLET_HOTKEY: z.string().optional().describe('As the official tools name it: the hotkey.'),
  BT_WALLET_PASSWORD: z
    .string()
    .optional()
    .describe(
      'Password of an encrypted key. One for a single key file is named as the official tools name it: `BT_PW_` and ' +
        'its path, with `/` and `.` as `_`, in capitals; its value is base64 of the password, exclusive-or with that name.',
    ),
  BT_WALLET_PASSWORD_FILE: z
    .string()
    .optional()
    .describe('File that holds the password of an encrypted key, for container secrets.'),
  CRUSADES_HOTKEY_URI: z
    .string()
    .regex(/^\/\//, 'must be a development key such as //Bob//validator')
    .optional()
    .describe('Development key in place of a wallet, `//Bob//validator` for example. For devnets only.'),
  CRUSADES_LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .optional()
    .describe('What the workers write to their logs. Default: info.'),
  CRUSADES_METRICS_ADDRESS: z
    .string()
    .regex(/^\S+:\d{1,5}$/, 'must be host:port')
    .meta({ examples: ['127.0.0.1:9464'] })
    .optional()
    .describe('Where a worker offers its metrics to Prometheus, host:port. Default: nowhere.'),
  CRUSADES_CACHE_DIR: z
    .string()
    .optional()
    .describe('Where set-up keeps what it has provided. Default: .crusades/cache beside the program.'),
  CRUSADES_PYTHON: z
    .string()
    .optional()
    .describe('Interpreter for the evaluator’s environment. Default: the newest that fits.'),
  TEMPORAL_CLI_PATH: z
    .string()
    .optional()
    .describe('Temporal’s command line, for a server on this machine. Default: on PATH, else provided.'),
  CRUSADES_DATA_DIR: z
    .string()
    .optional()
    .describe('Where state is kept. Default: .crusades/state beside the program.'),
  CRUSADES_CORPORA: z
    .string()
    .optional()
    .describe('Folder of prepared corpora on this host. Default: `corpora` where state is kept.'),
  HF_TOKEN: z.string().optional().describe('Access token of the hub, for `crusades benchmark setup` alone.'),
});

/** The environment’s part of the settings. Holds secrets: never log it or put it into a workflow. */
export interface Environment {
  readonly databaseUrl: string | null;
  readonly temporalApiKey: string | null;
  readonly network: string;
  /** First choice; null: the network's public one. */
  readonly endpoint: string | null;
  /** Used, in this order, while those before them are away. */
  readonly fallbacks: readonly string[];
  readonly archive: string | null;
  readonly genesisHash: string | null;
  /** Base addresses of the drand beacon's HTTP API. */
  readonly drandUrls: readonly string[];
  readonly wallet: { readonly path: string | null; readonly name: string; readonly hotkey: string };
  /** A key that everybody knows, in place of the wallet; devnets only. */
  readonly hotkeyUri: string | null;
  readonly dataDir: string | null;
}

export const toEnvironment = (variables: z.output<typeof environmentSchema>): Environment => ({
  databaseUrl: variables.DATABASE_URL ?? null,
  temporalApiKey: variables.TEMPORAL_API_KEY ?? null,
  network: variables.CRUSADES_NETWORK ?? 'finney',
  endpoint: endpointList(variables.CRUSADES_ENDPOINT ?? '')[0] ?? null,
  fallbacks: endpointList(variables.CRUSADES_ENDPOINT ?? '').slice(1),
  archive: variables.CRUSADES_ARCHIVE_ENDPOINT ?? null,
  genesisHash: variables.CRUSADES_GENESIS ?? null,
  drandUrls: endpointList(variables.CRUSADES_DRAND_URL ?? ''),
  wallet: {
    path: variables.CRUSADES_WALLET_PATH ?? variables.BT_WALLET_PATH ?? null,
    name: variables.CRUSADES_WALLET_NAME ?? variables.BT_WALLET_NAME ?? variables.BT_WALLET ?? 'default',
    hotkey: variables.CRUSADES_WALLET_HOTKEY ?? variables.BT_WALLET_HOTKEY ?? 'default',
  },
  hotkeyUri: variables.CRUSADES_HOTKEY_URI ?? null,
  dataDir: variables.CRUSADES_DATA_DIR ?? null,
});
