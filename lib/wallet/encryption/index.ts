export { KeyfileError, OpeningFailed, WrongPassword } from './errors.js';
export { openInThread } from './in-thread.js';
export { encryptionOf, type Encryption } from './open.js';
