import { startThread } from '../../thread/start.js';
import { KeyfileError, OpeningFailed, WrongPassword } from './errors.js';
import type { Encryption } from './open.js';
import type { OpenAnswer, OpenOrder } from './worker.js';

/** Argon2 takes seconds on an idle core; a busy small one may take a minute. */
const OPEN_SECONDS = 180;

/**
 * Opens an encrypted keyfile in a thread of its own: deriving the key takes seconds and 512 MiB, and with the
 * thread goes everything that it has held.
 *
 * @param password is zeroed
 * @throws KeyfileError, WrongPassword, OpeningFailed
 */
export const openInThread = async (
  encryption: Encryption,
  file: Uint8Array,
  password: Uint8Array,
): Promise<Uint8Array> => {
  const order: OpenOrder = { encryption, file, password: Uint8Array.from(password) };
  password.fill(0);
  const thread = startThread(import.meta.url, 'worker', {
    workerData: order,
    transferList: [order.password.buffer as ArrayBuffer],
    stdout: true,
    stderr: true,
    env: {},
  });
  try {
    const answer = await new Promise<OpenAnswer>((settle, fail) => {
      const broken = (reason: string) => fail(new OpeningFailed(reason));
      const timer = setTimeout(() => broken(`it took longer than ${OPEN_SECONDS} s`), OPEN_SECONDS * 1000);
      thread
        .once('message', settle)
        .once('error', (error: Error) => broken(error.message))
        .once('exit', () => {
          clearTimeout(timer);
          broken('its thread ended without an answer');
        });
    });
    if (answer.kind === 'plain') return answer.bytes;
    throw answer.kind === 'wrong_password' ? new WrongPassword() : new KeyfileError(answer.reason);
  } finally {
    await thread.terminate();
  }
};
