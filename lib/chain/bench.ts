import type { Row } from '../timelock/bench.js';
import { connectChain } from './connect.js';

const RUNS = 3;

/**
 * Seconds that one intake read takes, median of three: every commitment of a subnet read and decoded.
 *
 * @param expected commitments that the chain holds; a read that finds others is a failure, not a figure
 */
export const measureIntake = async (endpoint: string, netuid: number, expected: number): Promise<Row[]> => {
  const chain = await connectChain({ endpoint });
  try {
    const seconds: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const started = performance.now();
      const { commitments } = await chain.commitments(netuid);
      seconds.push((performance.now() - started) / 1000);
      if (commitments.length !== expected) {
        throw new Error(`${commitments.length} commitments were read, the chain holds ${expected}.`);
      }
    }
    const value = seconds.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
    const name = `intake: ${expected.toLocaleString('en')} commitments read and decoded`;
    return [{ name, value: Math.round(value * 100) / 100, unit: 's', target: 3 }];
  } finally {
    await chain.close();
  }
};
