import {
  decryptWithSignature,
  encodeCommitmentText,
  encryptToRound,
  generateBeaconKey,
  signRound,
  verifyRound,
} from './index.js';

/** One line of `npm run bench`. `target` is the most that the value may be. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
}

/** Median milliseconds of sealing, opening, signing and verifying on this machine, 128 bytes of text. */
export const benchTimelock = async (): Promise<Row[]> => {
  const key = generateBeaconKey();
  const plaintext = encodeCommitmentText('x'.repeat(128));
  const signature = signRound(key.secret, 1000);
  const ciphertext = encryptToRound(plaintext, 1000, key.publicKey);
  return [
    await row('timelock encrypt', () => encryptToRound(plaintext, 1000, key.publicKey), 80),
    await row('timelock decrypt', () => decryptWithSignature(ciphertext, signature), 40),
    await row('beacon: sign a round', () => signRound(key.secret, 1000)),
    await row('beacon: verify a round', () => verifyRound(key.publicKey, 1000, signature)),
  ];
};

const RUNS = 31;

const row = async (name: string, work: () => unknown, target?: number): Promise<Row> => {
  work();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
    await new Promise(setImmediate);
  }
  const value = Math.round((times.sort((a, b) => a - b)[RUNS >> 1] ?? NaN) * 10) / 10;
  return { name, value, unit: 'ms', ...(target === undefined ? {} : { target }) };
};
