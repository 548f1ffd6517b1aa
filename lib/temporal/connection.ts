import { readFile } from 'node:fs/promises';
import { crusadesError } from '../errors/index.js';
import type { Settings } from '../settings/index.js';

/** Address, TLS and key of a connection, for clients and workers alike. */
export async function connectionOptions({ temporal, environment }: Settings) {
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

/** @returns `temporal_unreachable` */
export const unreachable = (address: string, error: unknown): Error =>
  crusadesError(
    'temporal_unreachable',
    { address, reason: error instanceof Error ? firstLine(error.message) : String(error) },
    { cause: error },
  );

const firstLine = (text: string): string => text.split('\n')[0] ?? text;
