import { bls12_381 } from '@noble/curves/bls12-381.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { crusadesError } from '../errors/index.js';
import { u64BigEndian } from './bytes.js';
import { malformed } from './malformed.js';

/*
 * Signing side of a drand beacon of scheme `bls-unchained-g1-rfc9380`: keys in G2, signatures in G1.
 * The message of a round is SHA-256 of its number, 8 bytes big-endian.
 */
const { G1, G2, fields } = bls12_381;
// Multiples of the generator come from a table, made at the first one. Window 4 makes it in 60 ms, the library's 8 in 700.
G2.Point.BASE.precompute(4);
/** The same point without a table. */
const GENERATOR = G2.Point.fromAffine(G2.Point.BASE.toAffine());

const DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

export type G1Point = InstanceType<typeof G1.Point>;
export type G2Point = InstanceType<typeof G2.Point>;

export interface BeaconKey {
  /** Scalar, 32 bytes big-endian. */
  readonly secret: Uint8Array;
  /** G2, 96 bytes compressed. */
  readonly publicKey: Uint8Array;
}

/** A beacon key of our own: random, or always the same one from a seed of any length. */
export const generateBeaconKey = (seed?: Uint8Array): BeaconKey => {
  const material = seed && sha512(concatBytes(utf8ToBytes('crusades beacon key'), seed)).subarray(0, 48);
  const secret = bls12_381.utils.randomSecretKey(material);
  // Not by the table of the generator's multiples: for a single one making it takes longer than doing without.
  const publicKey = GENERATOR.multiplyUnsafe(fields.Fr.fromBytes(secret));
  return { secret, publicKey: publicKey.toBytes(true) };
};

/** The signature with which the beacon publishes `round`: 48 bytes, G1 compressed. */
export const signRound = (secret: Uint8Array, round: number | bigint): Uint8Array =>
  identityOf(round).multiply(fields.Fr.fromBytes(secret)).toBytes(true);

/** Whether `signature` is the beacon's for `round`. Bytes that are no point are a no, not an error. */
export const verifyRound = (
  publicKey: Uint8Array,
  round: number | bigint,
  signature: Uint8Array,
): boolean => {
  try {
    const signed = bls12_381.pairing(readSignature(signature), G2.Point.BASE);
    return fields.Fp12.eql(signed, bls12_381.pairing(identityOf(round), readPublicKey(publicKey)));
  } catch {
    return false;
  }
};

/** The point of G1 that stands for a round: what its beacon signs, and what is encrypted to. */
export const identityOf = (round: number | bigint): G1Point =>
  G1.Point.fromAffine(G1.hashToCurve(sha256(u64BigEndian(round)), { DST }).toAffine());

/** @throws timelock_malformed (SignatureDeserialize). Bytes beyond 48 are ignored, as arkworks does. */
export const readSignature = (bytes: Uint8Array): G1Point => {
  try {
    return G1.Point.fromBytes(bytes.subarray(0, 48));
  } catch {
    throw malformed('SignatureDeserialize', 'the pulse’s signature is not a point of the curve');
  }
};

/** @throws argument_invalid: the key comes from configuration or the chain's beacon config, not from miners */
export const readPublicKey = (bytes: Uint8Array): G2Point => {
  try {
    const point = G2.Point.fromBytes(bytes);
    if (point.is0()) throw new Error('the point at infinity');
    return point;
  } catch {
    throw crusadesError('argument_invalid', {
      argument: 'beacon public key',
      reason: 'it must be 96 bytes, a compressed point of G2',
    });
  }
};
