import { blake2b } from '@noble/hashes/blake2.js';

/** BLAKE2b-256, the runtime's hash. */
export const blake256 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 32 });

/** BLAKE2b-64: the id of a runtime API is that of its name. */
export const blake64 = (bytes: Uint8Array): Uint8Array => blake2b(bytes, { dkLen: 8 });
