import type { Command } from 'commander';
import { wholeNumber } from './arguments.js';

/** Which validator and which subnet a command reads from; the rest comes from the environment. */
export interface ConnectionOptions {
  readonly network?: string;
  readonly netuid?: number;
}

/**
 * Adds what every command has that reads a running validator. Addresses come from DATABASE_URL,
 * TEMPORAL_ADDRESS and CRUSADES_ENDPOINT, else from a `crusades up` or `demo --keep` that runs on this machine.
 */
export const withConnectionOptions = (command: Command): Command =>
  command
    .option(
      '--network <name>',
      'network (default: CRUSADES_NETWORK, else the one that runs here, else finney)',
    )
    .option('--netuid <n>', 'subnet (default: netuid of the settings)', wholeNumber(0, 65_535));
