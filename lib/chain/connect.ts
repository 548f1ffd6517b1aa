import { openConnection, type ConnectionOptions } from './connection.js';
import { createReader } from './reader.js';
import { createTransactionReader } from './transactions.js';
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
  const writer = createWriter(connection, () => reader.blockTimeSeconds());
  return {
    ...{ ...reader, ...createTransactionReader(connection), ...writer },
    // It changes with the node in use; a spread would copy what it is now.
    get endpoint() {
      return connection.endpoint;
    },
  };
};
