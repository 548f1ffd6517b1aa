import { parentPort, workerData } from 'node:worker_threads';

import { KeyfileError, WrongPassword } from './errors.js';
import { openKeyfile, type Encryption } from './open.js';

/** Worker thread: opens one keyfile and ends. See `in-thread.ts` for its owner. */
export type OpenAnswer =
  | { readonly kind: 'plain'; readonly bytes: Uint8Array }
  | { readonly kind: 'wrong_password' }
  | { readonly kind: 'malformed'; readonly reason: string };

export interface OpenOrder {
  readonly encryption: Encryption;
  readonly file: Uint8Array;
  readonly password: Uint8Array;
}

const answerTo = async ({ encryption, file, password }: OpenOrder): Promise<OpenAnswer> => {
  try {
    // A Uint8Array of its own, so that the buffer can be handed over and nothing of it stays here.
    return { kind: 'plain', bytes: Uint8Array.from(await openKeyfile(encryption, file, password)) };
  } catch (error) {
    if (error instanceof WrongPassword) return { kind: 'wrong_password' };
    if (error instanceof KeyfileError) return { kind: 'malformed', reason: error.message };
    throw error;
  } finally {
    password.fill(0);
  }
};

const answer = await answerTo(workerData as OpenOrder);
parentPort?.postMessage(answer, answer.kind === 'plain' ? [answer.bytes.buffer as ArrayBuffer] : []);
