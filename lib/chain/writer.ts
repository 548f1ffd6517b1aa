import type { ApiPromise } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { DispatchError } from '@polkadot/types/interfaces';
import type { ISubmittableResult } from '@polkadot/types/types';
import { u8aToHex } from '@polkadot/util';

import { crusadesError, type CrusadesError } from '../errors/index.js';
import { camel, within, type Connection } from './connection.js';
import { poolRefusal } from './refusal.js';
import type { ChainWriter, Inclusion } from './types.js';

/** A block may be full or its author slow; waiting for fewer would call good transactions lost. */
const BLOCKS_TO_WAIT = 6;

/** The calls of {@link ChainWriter} over one connection. Calls of one signer wait for each other. */
export const createWriter = (
  connection: Connection,
  blockTimeSeconds: () => Promise<number>,
): ChainWriter => {
  const turns = new Map<string, Promise<unknown>>();

  const send = (
    signer: KeyringPair,
    pallet: string,
    call: string,
    ...args: readonly unknown[]
  ): Promise<Inclusion> => {
    // The nonce is read per call: two at once would get the same.
    const sent = (turns.get(signer.address) ?? Promise.resolve()).then(async () => {
      const seconds = Math.max(connection.deadlineSeconds, BLOCKS_TO_WAIT * (await blockTimeSeconds()));
      return submit(connection, signer, { pallet, call, args, seconds });
    });
    turns.set(
      signer.address,
      sent.catch(() => undefined),
    );
    return sent;
  };

  return {
    setCommitment: (signer, netuid, { ciphertext, revealRound }) =>
      send(signer, 'Commitments', 'set_commitment', netuid, {
        fields: [{ TimelockEncrypted: { encrypted: u8aToHex(ciphertext), revealRound } }],
      }),
    setWeights: (signer, netuid, weights, versionKey) =>
      send(
        signer,
        'SubtensorModule',
        'set_weights',
        netuid,
        weights.map(({ uid }) => uid),
        weights.map(({ value }) => value),
        versionKey,
      ),
    commitTimelockedWeights: (signer, netuid, commit, revealRound, version) =>
      send(
        signer,
        'SubtensorModule',
        'commit_timelocked_weights',
        netuid,
        u8aToHex(commit),
        revealRound,
        version,
      ),
    burnedRegister: (signer, netuid, hotkey) =>
      send(signer, 'SubtensorModule', 'burned_register', netuid, hotkey),
    transfer: (signer, to, rao) => send(signer, 'Balances', 'transfer_keep_alive', to, rao),
  };
};

interface Call {
  readonly pallet: string;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly seconds: number;
}

const submit = async (connection: Connection, signer: KeyringPair, call: Call): Promise<Inclusion> => {
  const name = `${call.pallet}.${call.call}`;
  const extrinsic = await connection.read(name, async () => build(connection, call));
  // From the pool, not from the state: an earlier call of this signer may still wait there.
  const nonce = Number(await connection.rpc('system_accountNextIndex', [signer.address]));
  const signed = await connection.read(name, () => extrinsic.signAsync(signer, { nonce }));

  const unknown = () => crusadesError('chain_outcome_unknown', { call: name, seconds: call.seconds });
  const watched = watchSubmission(connection, signed, name, unknown);
  try {
    const result = await within(call.seconds, unknown, () => watched.outcome);
    return await inclusionOf(connection, result, name);
  } finally {
    watched.stop();
  }
};

const build = (
  { api, endpoint }: Connection,
  { pallet, call, args }: Call,
): SubmittableExtrinsic<'promise'> => {
  const make = api.tx[camel(pallet)]?.[camel(call)];
  if (!make) throw crusadesError('chain_unsupported', { endpoint, item: `call ${pallet}.${call}` });
  return make(...args);
};

/** Sends, and settles with the first word about a block, the pool's refusal, or the loss of the connection. */
const watchSubmission = (
  { api }: Connection,
  signed: SubmittableExtrinsic<'promise'>,
  name: string,
  unknown: () => CrusadesError,
): { readonly outcome: Promise<ISubmittableResult>; readonly stop: () => void } => {
  let unsubscribe: (() => void) | undefined;
  let stopped = false;
  let onDisconnect: () => void = () => undefined;
  const outcome = new Promise<ISubmittableResult>((settle, fail) => {
    // The node's word on it goes to a connection that is gone; it may well be in a block.
    onDisconnect = () => fail(unknown());
    api.on('disconnected', onDisconnect);
    signed
      .send((result) => {
        const { status } = result;
        if (status.isInBlock || status.isFinalized) settle(result);
        else if (status.isInvalid) fail(refused(name, 'the pool found it invalid'));
        else if (status.isDropped || status.isUsurped || status.isFinalityTimeout) fail(unknown());
      })
      .then(
        (stop) => {
          unsubscribe = stop;
          if (stopped) stop();
        },
        (error: unknown) => fail(sendError(error, name, unknown)),
      );
  });
  const stop = () => {
    stopped = true;
    api.off('disconnected', onDisconnect);
    unsubscribe?.();
  };
  return { outcome, stop };
};

const sendError = (error: unknown, name: string, unknown: () => CrusadesError): CrusadesError => {
  const message = error instanceof Error ? error.message : String(error);
  // Codes of the pool begin with their number; anything else says nothing about what the node did.
  return /^\d{4}: |Custom error|Invalid Transaction/.test(message)
    ? refused(name, poolRefusal(message))
    : unknown();
};

const refused = (call: string, reason: string): CrusadesError =>
  crusadesError('chain_call_refused', { call, reason });

const inclusionOf = async (
  connection: Connection,
  result: ISubmittableResult,
  name: string,
): Promise<Inclusion> => {
  const { status, dispatchError, txHash, txIndex } = result;
  if (dispatchError) throw refused(name, dispatchReason(connection.api, dispatchError));
  const blockHash = (status.isInBlock ? status.asInBlock : status.asFinalized).toHex();
  const header = (await connection.rpc('chain_getHeader', [blockHash])) as { readonly number: string };
  return {
    block: Number(header.number),
    blockHash,
    extrinsicIndex: txIndex ?? 0,
    extrinsicHash: txHash.toHex(),
  };
};

/** `SubtensorModule.SettingWeightsTooFast` for errors of a pallet, named from live metadata. */
const dispatchReason = ({ registry }: ApiPromise, error: DispatchError): string => {
  if (!error.isModule) return error.type;
  const { section, name } = registry.findMetaError(error.asModule);
  return `${section.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.${name}`;
};
