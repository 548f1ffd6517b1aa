import {
  boundedBytes,
  boundedVec,
  bytes,
  fixedBytes,
  pathOf,
  ScaleError,
  struct,
  u64,
  type Codec,
  type StructOf,
  type VariantInfo,
} from '../../scale/index.js';

export const MAX_FIELDS = 3;
const MAX_CIPHERTEXT_BYTES = 1024;
const MAX_BIG_RAW_BYTES = 512;
const MAX_RAW_BYTES = 128;

const HASHES = ['BlakeTwo256', 'Sha256', 'Keccak256', 'ShaThree256'] as const;
const sealed = { encrypted: boundedBytes(MAX_CIPHERTEXT_BYTES), reveal_round: u64 };
const sealedStruct = struct('', sealed);
const bigRaw = boundedBytes(MAX_BIG_RAW_BYTES);

export type Sealed = StructOf<typeof sealed>;

/** One field of a commitment. `Raw` stands for the variants `Raw0` … `Raw128`. */
export type Data =
  | { readonly kind: 'None' | 'ResetBondsFlag' }
  | { readonly kind: 'Raw' | 'BigRaw' | (typeof HASHES)[number]; readonly bytes: Uint8Array }
  | ({ readonly kind: 'TimelockEncrypted' | 'TimelockRevealFailed' } & Sealed);

const variants = (): VariantInfo[] => [
  { name: 'None', index: 0, fields: [] },
  ...Array.from({ length: MAX_RAW_BYTES + 1 }, (_, length) => ({
    name: `Raw${length}`,
    index: length + 1,
    fields: [{ type: fixedBytes(length) }],
  })),
  ...HASHES.map((name, i) => ({ name, index: 130 + i, fields: [{ type: fixedBytes(32) }] })),
  { name: 'TimelockEncrypted', index: 134, fields: sealedFields() },
  { name: 'ResetBondsFlag', index: 135, fields: [] },
  { name: 'BigRaw', index: 136, fields: [{ type: bigRaw }] },
  { name: 'TimelockRevealFailed', index: 137, fields: sealedFields() },
];

const sealedFields = () => [
  { name: 'encrypted', type: sealed.encrypted },
  { name: 'reveal_round', type: sealed.reveal_round },
];

/** `Data` of the pallet: its encoding is written by hand there too. */
export const data: Codec<Data> = {
  info: { kind: 'variant', path: pathOf('pallet_commitments::types::Data'), variants },
  encode: (value, sink) => {
    switch (value.kind) {
      case 'None':
        return sink.byte(0);
      case 'ResetBondsFlag':
        return sink.byte(135);
      case 'Raw':
        sink.byte(1 + value.bytes.length);
        return sink.write(value.bytes);
      case 'BigRaw':
        sink.byte(136);
        return bytes.encode(value.bytes, sink);
      case 'TimelockEncrypted':
      case 'TimelockRevealFailed':
        sink.byte(value.kind === 'TimelockEncrypted' ? 134 : 137);
        return sealedStruct.encode(value, sink);
      default:
        sink.byte(130 + HASHES.indexOf(value.kind));
        return sink.write(value.bytes);
    }
  },
  decode: (source) => {
    const index = source.byte();
    if (index === 0) return { kind: 'None' };
    if (index <= 1 + MAX_RAW_BYTES) return { kind: 'Raw', bytes: source.take(index - 1).slice() };
    const hash = HASHES[index - 130];
    if (hash) return { kind: hash, bytes: source.take(32).slice() };
    if (index === 134) return { kind: 'TimelockEncrypted', ...sealedStruct.decode(source) };
    if (index === 135) return { kind: 'ResetBondsFlag' };
    if (index === 136) return { kind: 'BigRaw', bytes: bigRaw.decode(source) };
    if (index === 137) return { kind: 'TimelockRevealFailed', ...sealedStruct.decode(source) };
    throw new ScaleError('no such kind of data');
  },
};

export const commitmentInfo = struct(
  'pallet_commitments::types::CommitmentInfo',
  { fields: boundedVec(data, MAX_FIELDS) },
  [['FieldLimit', null]],
);

/** Bytes that a field takes of the space budget: the ciphertext's where there is one. */
export const spaceOf = (field: Data): number => {
  if ('encrypted' in field) return field.encrypted.length;
  return 'bytes' in field ? field.bytes.length : 0;
};
