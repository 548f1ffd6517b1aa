import { Client, Connection } from '@temporalio/client';
import type { Settings } from '../settings/index.js';
import { connectionOptions, unreachable } from './connection.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** @throws `temporal_unreachable` */
export async function connectClient(settings: Settings): Promise<Client> {
  const { address, namespace } = settings.temporal;
  try {
    const connection = await Connection.connect({
      ...(await connectionOptions(settings)),
      connectTimeout: CONNECT_TIMEOUT_MS,
    });
    return new Client({ connection, namespace });
  } catch (error) {
    throw unreachable(address, error);
  }
}
