import { NativeConnection } from '@temporalio/worker';
import type { Settings } from '../settings/index.js';
import { connectionOptions, unreachable } from './connection.js';

/** The connection of a worker. @throws `temporal_unreachable` */
export async function connectWorker(settings: Settings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(await connectionOptions(settings));
  } catch (error) {
    throw unreachable(settings.temporal.address, error);
  }
}
