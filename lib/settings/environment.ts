import { z } from 'zod';

/** What comes from the environment: secrets, addresses, places. An empty value counts as not set. */

const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

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
    .url({ protocol: /^wss?$/ })
    .meta({ examples: ['wss://entrypoint-finney.opentensor.ai:443'] })
    .optional()
    .describe('Endpoint of the chain, ws:// or wss://. Default: the network’s public one.'),
  CRUSADES_WALLET_PATH: z
    .string()
    .optional()
    .describe('Directory of the wallets. Default: ~/.bittensor/wallets.'),
  CRUSADES_WALLET_NAME: z.string().optional().describe('Name of the wallet. Default: default.'),
  CRUSADES_WALLET_HOTKEY: z.string().optional().describe('Name of the hotkey. Default: default.'),
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
  readonly endpoint: string | null;
  readonly wallet: { readonly path: string | null; readonly name: string; readonly hotkey: string };
  /** A key that everybody knows, in place of the wallet; devnets only. */
  readonly hotkeyUri: string | null;
  readonly dataDir: string | null;
}

export const toEnvironment = (variables: z.output<typeof environmentSchema>): Environment => ({
  databaseUrl: variables.DATABASE_URL ?? null,
  temporalApiKey: variables.TEMPORAL_API_KEY ?? null,
  network: variables.CRUSADES_NETWORK ?? 'finney',
  endpoint: variables.CRUSADES_ENDPOINT ?? null,
  wallet: {
    path: variables.CRUSADES_WALLET_PATH ?? null,
    name: variables.CRUSADES_WALLET_NAME ?? 'default',
    hotkey: variables.CRUSADES_WALLET_HOTKEY ?? 'default',
  },
  hotkeyUri: variables.CRUSADES_HOTKEY_URI ?? null,
  dataDir: variables.CRUSADES_DATA_DIR ?? null,
});
