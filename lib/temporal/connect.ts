import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { crusadesError } from '../errors/index.js';
import type { Settings } from '../settings/index.js';

/** A client that asks nothing for longer than this: a hung server must not hang a command. */
export const CLIENT_DEADLINE_MS = 10_000;
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

/** The connection of a worker. @throws `temporal_unreachable` */
export async function connectWorker(settings: Settings): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(await connectionOptions(settings));
  } catch (error) {
    throw unreachable(settings.temporal.address, error);
  }
}

async function connectionOptions({ temporal, environment }: Settings) {
  const { address, tls } = temporal;
  const apiKey = environment.temporalApiKey;
  return {
    address,
    ...(apiKey !== null && { apiKey }),
    tls:
      tls.enabled || apiKey !== null
        ? {
            ...(tls.server_name !== null && { serverNameOverride: tls.server_name }),
            ...(tls.ca_file !== null && { serverRootCACertificate: await readFile(tls.ca_file) }),
            ...(tls.certificate_file !== null &&
              tls.key_file !== null && {
                clientCertPair: {
                  crt: await readFile(tls.certificate_file),
                  key: await readFile(tls.key_file),
                },
              }),
          }
        : false,
  };
}

const unreachable = (address: string, error: unknown): Error =>
  crusadesError(
    'temporal_unreachable',
    { address, reason: error instanceof Error ? firstLine(error.message) : String(error) },
    { cause: error },
  );

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
