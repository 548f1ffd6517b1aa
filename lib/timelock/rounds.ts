/**
 * The drand network "quicknet", which Subtensor's timelock uses.
 * Source: `Drand.BeaconConfig` defaults of the runtime; api.drand.sh/{chainHash}/info says the same.
 */
export const QUICKNET = {
  /** G2, compressed, hex. */
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451' +
    '0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  chainHash: '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971',
  groupHash: 'f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e',
  scheme: 'bls-unchained-g1-rfc9380',
  beaconId: 'quicknet',
  /** Unix seconds of round 1. */
  genesis: 1692803367,
  /** Seconds between rounds. */
  period: 3,
  /** Signatures of past rounds, verified under the key: what needs a genuine quicknet pulse without a network uses these. */
  knownSignatures: {
    1000: 'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
    2000: 'b6cb8f482a0b15d45936a4c4ea08e98a087e71787caee3f4d07a8a9843b1bc5423c6b3c22f446488b3137eaca799c77e',
  },
} as const;

/** Unix seconds at which a round's signature is published. */
export const timeOfRound = (round: number): number => QUICKNET.genesis + (round - 1) * QUICKNET.period;

/** First round published at or after a moment (unix seconds), as `bittensor.timelock.round_at` counts. */
export const roundAt = (time: number): number =>
  Math.max(1, Math.ceil((time - QUICKNET.genesis) / QUICKNET.period) + 1);

/** Last round published at or before a moment (unix seconds); 0 before the network began. */
export const latestRoundAt = (time: number): number =>
  Math.max(0, Math.floor((time - QUICKNET.genesis) / QUICKNET.period) + 1);

/**
 * Reveal round of a commitment, as the official `get_encrypted_commitment` computes it. The round so named is
 * published up to 3 s before `now + blocksUntilReveal × blockTime`.
 *
 * @param blocksUntilReveal blocks to wait
 * @param blockTime seconds a block
 * @param now unix seconds; fractions are dropped, as the official package does
 */
export const commitmentRound = (blocksUntilReveal: number, blockTime: number, now: number): number =>
  Math.floor(
    (Math.floor(now) - QUICKNET.genesis + Math.round(blocksUntilReveal * blockTime)) / QUICKNET.period,
  );
