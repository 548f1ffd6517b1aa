import { openConnection, type ConnectionOptions } from './connection.js';
import { createReader } from './reader.js';
import type { Chain } from './types.js';
import { createWriter } from './writer.js';

/**
 * Connects to a chain. The connection repairs itself; calls made meanwhile wait for it within their deadline.
 *
 * @throws `chain_unreachable` when no node answers within `connectSeconds` (default 30)
 */
export const connectChain = async (options: ConnectionOptions): Promise<Chain> => {
  const connection = await openConnection(options);
  const reader = createReader(connection);
  return { ...reader, ...createWriter(connection, () => reader.blockTimeSeconds()) };
};
