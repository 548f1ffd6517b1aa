import type { Row } from '../timelock/bench.js';
import { startDevnet, type Devnet } from './devnet.js';
import { fuzzScale } from './fuzz.js';
import { Account, EMPTY_ACCOUNT } from './pallets/system.js';

const KEYS = 100_000;
const BLOCKS = 200;
/** Milliseconds that a block may take longer for so many keys: a fiftieth of the shortest block time. */
const MOST_ADDED_MS = 5;

/** Milliseconds that a block takes on an empty chain and on one of 100,000 storage keys, and a page of keys. */
export const benchDevnetState = async (): Promise<Row[]> => {
  const devnet = await startDevnet({ port: 0, blockTimeSeconds: 0.25, manual: true, seed: 'bench' });
  try {
    await blockMs(devnet);
    const empty = await blockMs(devnet);
    devnet.inject(({ state }) => {
      for (let i = 0; i < KEYS; i++) {
        const account = i.toString(16).padStart(64, '0');
        Account.put(state, account, { ...EMPTY_ACCOUNT, nonce: i });
      }
    });
    await devnet.advance();
    const full = await blockMs(devnet);
    const name = KEYS.toLocaleString('en');
    return [
      { name: 'devnet: a block', value: empty, unit: 'ms' },
      { name: `devnet: a block with ${name} storage keys`, value: full, unit: 'ms' },
      {
        name: `devnet: what ${name} storage keys add to a block`,
        value: Math.max(0, full - empty),
        unit: 'ms',
        target: MOST_ADDED_MS,
      },
    ];
  } finally {
    await devnet.stop();
  }
};

/** Median over many blocks, each of which changes one of the keys. */
const blockMs = async (devnet: Devnet): Promise<number> => {
  const times: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    devnet.inject(({ state }) => {
      const account = block.toString(16).padStart(64, 'f');
      Account.put(state, account, { ...EMPTY_ACCOUNT, nonce: block });
    });
    const start = performance.now();
    await devnet.advance();
    times.push(performance.now() - start);
  }
  return Math.round((times.sort((a, b) => a - b)[BLOCKS >> 1] ?? NaN) * 100) / 100;
};

const FUZZ_CASES = 100_000;

/** Inputs of any bytes that end in something else than a value or a refusal. */
export const benchFuzz = (): Row[] => {
  const { crashes, decoded } = fuzzScale(FUZZ_CASES);
  for (const { target, input, error } of crashes) process.stderr.write(`${target} ${input}: ${error}\n`);
  const name = `SCALE: crashes in ${FUZZ_CASES.toLocaleString('en')} inputs`;
  return [
    { name, value: crashes.length, unit: '', target: 0 },
    { name: 'SCALE: inputs of these that were good', value: decoded, unit: '' },
  ];
};
