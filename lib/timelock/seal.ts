import { gcm } from '@noble/ciphers/aes.js';
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, randomBytes } from '@noble/hashes/utils.js';
import { identityOf, readPublicKey, readSignature, type G1Point, type G2Point } from './beacon.js';
import { ciphertextBytes, parseCiphertext } from './ciphertext.js';
import { malformed } from './malformed.js';

/*
 * Boneh–Franklin FullIdent on BLS12-381 with AES-256-GCM, as crate `tle` of ideal-lab5/timelock does it at 5416406c,
 * the revision that the runtime pins. Names are the paper's: U, V, W; sigma is the random the key is bound to.
 */
const { G2, fields } = bls12_381;

/** What is random in a ciphertext. Given only by tests with recorded vectors. */
export interface SealRandom {
  /** AES key, 32 bytes. */
  readonly key: Uint8Array;
  /** 32 bytes. */
  readonly sigma: Uint8Array;
  /** AES-GCM nonce, 12 bytes. */
  readonly nonce: Uint8Array;
}

/**
 * Encrypts so that the beacon's signature for `round`, and nothing earlier, opens it.
 *
 * @param beaconPublicKey G2, 96 bytes compressed: quicknet's, or the one that a devnet announces
 * @returns the bare ciphertext, 244 bytes longer than the plaintext, as `TimelockEncrypted.encrypted` takes it
 * @throws argument_invalid when the public key is no point of G2
 */
export const encryptToRound = (
  plaintext: Uint8Array,
  round: number | bigint,
  beaconPublicKey: Uint8Array,
  random: SealRandom = { key: randomBytes(32), sigma: randomBytes(32), nonce: randomBytes(12) },
): Uint8Array => {
  const { key, sigma, nonce } = random;
  const r = bindingScalar(sigma, key);
  // r·Q in G1 costs a third of r·P in G2 and pairs to the same element.
  const shared = bls12_381.pairing(identityOf(round).multiply(r), readPublicKey(beaconPublicKey));
  return ciphertextBytes({
    u: timesGenerator(r).toBytes(true),
    v: xor(sigma, hashGt(shared)),
    w: xor(key, sha256(sigma)),
    sealed: gcm(key, nonce).encrypt(plaintext),
    nonce,
  });
};

/**
 * Opens a bare ciphertext with the beacon's signature for its round.
 * The signature is not checked against the beacon's key: a wrong one fails as a wrong round does.
 *
 * @throws timelock_malformed with `failure` saying which of the pallet's steps refused; bytes after the ciphertext are
 *   refused, as the pallet does from spec 446 on
 */
export const decryptWithSignature = (ciphertext: Uint8Array, signature: Uint8Array): Uint8Array => {
  const { u, v, w, sealed, nonce } = parseCiphertext(ciphertext);
  const point = readU(u);
  const sigma = xor(v, hashGt(pairOrRefuse(readSignature(signature), point)));
  const key = xor(w, sha256(sigma));
  if (!timesGenerator(bindingScalar(sigma, key)).equals(point)) {
    throw malformed('Decrypt', 'it is not sealed for this round and beacon');
  }
  return openGcm(key, nonce, sealed);
};

const readU = (bytes: Uint8Array): G2Point => {
  try {
    return G2.Point.fromBytes(bytes);
  } catch {
    throw malformed('CiphertextDeserialize', 'its first 96 bytes are not a point of the curve');
  }
};

const pairOrRefuse = (signature: G1Point, u: G2Point): Gt => {
  if (signature.is0() || u.is0()) throw malformed('Decrypt', 'it is not sealed for this round and beacon');
  return bls12_381.pairing(signature, u);
};

const openGcm = (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array => {
  try {
    if (nonce.length !== 12) throw new Error('nonce');
    return gcm(key, nonce).decrypt(sealed);
  } catch {
    throw malformed('Decrypt', 'its body is damaged');
  }
};

/** H3: binds the group element U to sigma and the key, so that a tampered ciphertext is noticed. */
const bindingScalar = (sigma: Uint8Array, key: Uint8Array): bigint => {
  const digest = sha256(concatBytes(sigma, key));
  return fields.Fr.create(digest.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n));
};

const timesGenerator = (scalar: bigint): G2Point => G2.Point.BASE.multiply(scalar);

type Gt = ReturnType<typeof bls12_381.pairing>;

/** H2. arkworks writes the twelve coefficients of a target-group element little-endian; noble's own bytes are big-endian. */
const hashGt = ({ c0, c1 }: Gt): Uint8Array => {
  const coefficients = [c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2].flatMap((pair) => [pair.c0, pair.c1]);
  return sha256(concatBytes(...coefficients.map((each) => fields.Fp.toBytes(each).reverse())));
};

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));
