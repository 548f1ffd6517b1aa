import { enumeration, fixedBytes, nameEnum, struct, u8, type ValueOf } from '../scale/index.js';

const TOKEN = [
  'FundsUnavailable',
  'OnlyProvider',
  'BelowMinimum',
  'CannotCreate',
  'UnknownAsset',
  'Frozen',
  'Unsupported',
  'CannotCreateHold',
  'NotExpendable',
  'Blocked',
] as const;

const TRIE = [
  'InvalidStateRoot',
  'IncompleteDatabase',
  'ValueAtIncompleteKey',
  'DecoderError',
  'InvalidHash',
  'DuplicateKey',
  'ExtraneousNode',
  'ExtraneousValue',
  'ExtraneousHashReference',
  'InvalidChildReference',
  'ValueMismatch',
  'IncompleteProof',
  'RootMismatch',
  'DecodeError',
] as const;

const tokenError = nameEnum('sp_runtime::TokenError', TOKEN);

export const dispatchError = enumeration('sp_runtime::DispatchError', {
  Other: [0],
  CannotLookup: [1],
  BadOrigin: [2],
  Module: [3, struct('sp_runtime::ModuleError', { index: u8, error: fixedBytes(4) })],
  ConsumerRemaining: [4],
  NoProviders: [5],
  TooManyConsumers: [6],
  Token: [7, tokenError],
  Arithmetic: [8, nameEnum('sp_arithmetic::ArithmeticError', ['Underflow', 'Overflow', 'DivisionByZero'])],
  Transactional: [9, nameEnum('sp_runtime::TransactionalError', ['LimitReached', 'NoLayer'])],
  Exhausted: [10],
  Corruption: [11],
  Unavailable: [12],
  RootNotAllowed: [13],
  Trie: [14, nameEnum('sp_runtime::proving_trie::TrieError', TRIE)],
});

export type DispatchError = ValueOf<typeof dispatchError>;

/** A call that fails: its changes are undone, the block says why. */
export class DispatchFailure extends Error {
  override readonly name: string = 'DispatchFailure';

  constructor(
    readonly error: DispatchError,
    message: string = error.kind,
  ) {
    super(message);
  }
}

/** A pallet's own error, by its real name. */
export class ModuleFailure extends DispatchFailure {
  override readonly name = 'ModuleFailure';

  constructor(
    readonly pallet: string,
    readonly errorName: string,
    palletIndex: number,
    errorIndex: number,
  ) {
    super(
      { kind: 'Module', value: { index: palletIndex, error: Uint8Array.of(errorIndex, 0, 0, 0) } },
      `${pallet}.${errorName}`,
    );
  }
}

export const badOrigin = (): DispatchFailure => new DispatchFailure({ kind: 'BadOrigin', value: null });

export const tokenFailure = (value: ValueOf<typeof tokenError>): DispatchFailure =>
  new DispatchFailure({ kind: 'Token', value }, `Token.${value}`);
