import { setTimeout as sleep } from 'node:timers/promises';

import type { ApiPromise, SubmittableResult } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { DispatchError } from '@polkadot/types/interfaces';
import { u8aToHex } from '@polkadot/util';
import { blake2AsHex } from '@polkadot/util-crypto';

import { CrusadesError, crusadesError } from '../errors/index.js';
import { camel, type Connection } from './connection.js';
import { within } from '../deadline/within.js';
import { plainNumber } from './plain.js';
import { commitmentRefusal, poolRefusal } from './refusal.js';
import { messageOf } from './rpc-answers.js';
import { readHead, readOne } from './storage.js';
import type { ChainWriter, Inclusion } from './types.js';

/** A block may be full or its author slow; waiting for fewer would call good transactions lost. */
const BLOCKS_TO_WAIT = 6;
/** An upgrade of the runtime is announced a block before it counts; the metadata then takes a moment. */
const UPGRADE_SECONDS = 20;

/** The calls of {@link ChainWriter} over one connection. Calls of one signer wait for each other. */
export const createWriter = (
  connection: Connection,
  blockTimeSeconds: () => Promise<number>,
): ChainWriter => {
  const turns = new Map<string, Promise<unknown>>();

  const send = (signer: KeyringPair, call: Call): Promise<Inclusion> => {
    // The nonce is read per call: two at once would get the same.
    const sent = (turns.get(signer.address) ?? Promise.resolve()).then(async () => {
      const seconds = Math.max(connection.deadlineSeconds, BLOCKS_TO_WAIT * (await blockTimeSeconds()));
      return submit(connection, signer, { ...call, seconds });
    });
    turns.set(
      signer.address,
      sent.catch(() => undefined),
    );
    return sent;
  };

  return {
    async setCommitment(signer, netuid, { ciphertext, revealRound }) {
      const field = { TimelockEncrypted: { encrypted: u8aToHex(ciphertext), revealRound } };
      try {
        return await send(signer, {
          ...{ pallet: 'Commitments', call: 'set_commitment', args: [netuid, { fields: [field] }] },
          evidence: { event: 'Commitments.TimelockCommitment' },
        });
      } catch (error) {
        throw commitmentRefusal(error, signer.address, netuid);
      }
    },
    setWeights: (signer, netuid, weights, versionKey) =>
      send(signer, {
        ...{ pallet: 'SubtensorModule', call: 'set_weights' },
        args: [netuid, weights.map(({ uid }) => uid), weights.map(({ value }) => value), versionKey],
        evidence: { event: 'SubtensorModule.WeightsSet' },
        onlyOnce: true,
      }),
    commitTimelockedWeights: (signer, netuid, commit, revealRound, version) =>
      send(signer, {
        ...{ pallet: 'SubtensorModule', call: 'commit_timelocked_weights' },
        args: [netuid, u8aToHex(commit), revealRound, version],
        evidence: {
          event: 'SubtensorModule.TimelockedWeightsCommitted',
          holding: blake2AsHex(commit, 256),
        },
        onlyOnce: true,
      }),
    burnedRegister: (signer, netuid, hotkey) =>
      send(signer, {
        ...{ pallet: 'SubtensorModule', call: 'burned_register', args: [netuid, hotkey] },
        evidence: { event: 'SubtensorModule.NeuronRegistered', holding: hotkey },
      }),
    transfer: (signer, to, rao) =>
      send(signer, {
        ...{ pallet: 'Balances', call: 'transfer_keep_alive', args: [to, rao] },
        evidence: { event: 'Balances.Transfer', holding: to },
      }),
    addStake: (signer, netuid, hotkey, rao) =>
      send(signer, {
        ...{ pallet: 'SubtensorModule', call: 'add_stake', args: [hotkey, netuid, rao] },
        evidence: { event: 'SubtensorModule.StakeAdded', holding: hotkey },
        onlyOnce: true,
      }),
    transferStake: (signer, netuid, { to, hotkey, alpha }) =>
      send(signer, {
        ...{ pallet: 'SubtensorModule', call: 'transfer_stake' },
        args: [to, hotkey, netuid, netuid, alpha],
        evidence: { event: 'SubtensorModule.StakeTransferred', holding: to },
        onlyOnce: true,
      }),
  };
};

interface Call {
  readonly pallet: string;
  readonly call: string;
  readonly args: readonly unknown[];
  /** What the block must show besides success; `holding` is one of the event's fields as text. */
  readonly evidence: { readonly event: string; readonly holding?: string };
  /** Takes the nonce of the state, not the one after what waits in the pool: a second try replaces no first one. */
  readonly onlyOnce?: true;
}

interface TimedCall extends Call {
  readonly seconds: number;
}

const submit = async (connection: Connection, signer: KeyringPair, call: TimedCall): Promise<Inclusion> => {
  const spec = await knowRuntime(connection);
  const nonce = await nonceOf(connection, signer.address, call);
  try {
    return await submitOnce(connection, signer, call, nonce);
  } catch (error) {
    // Signed for the runtime before an upgrade: no block can hold it any more, so it may be signed anew.
    const isOfBefore =
      error instanceof CrusadesError &&
      /bad signature|BadProof|the pool found it invalid/.test(String(error.details['reason']));
    if (!isOfBefore || (await knowRuntime(connection)) === spec) throw error;
    // Unless a block did take it before the pool looked at it again: then its nonce is used up.
    if ((await stateNonceOf(connection, signer.address)) > nonce) throw unknownOutcome(call);
    return submitOnce(connection, signer, call, await nonceOf(connection, signer.address, call));
  }
};

/** Waits until polkadot-js knows the runtime that the node runs. @returns its spec version */
const knowRuntime = async (connection: Connection): Promise<number> => {
  const until = Date.now() + UPGRADE_SECONDS * 1000;
  for (;;) {
    const version = (await connection.rpc('state_getRuntimeVersion')) as {
      readonly specVersion?: unknown;
    } | null;
    const known = connection.layout().specVersion;
    if (version?.specVersion === known || Date.now() > until) return known;
    await sleep(100);
  }
};

const submitOnce = async (
  connection: Connection,
  signer: KeyringPair,
  call: TimedCall,
  nonce: number,
): Promise<Inclusion> => {
  const name = nameOf(call);
  const extrinsic = await connection.read(name, async () => build(connection, call));
  const signed = await connection.read(name, () => extrinsic.signAsync(signer, { nonce }));

  const unknown = () => unknownOutcome(call);
  const watched = watchSubmission(connection, signed, { name, address: signer.address, unknown });
  try {
    const result = await within(call.seconds, unknown, () => watched.outcome);
    return inclusionOf(connection, result, { name, evidence: call.evidence, unknown });
  } finally {
    watched.stop();
  }
};

const nonceOf = async (connection: Connection, address: string, { onlyOnce }: Call): Promise<number> => {
  // From the pool: an earlier call of this signer may still wait there, and this one comes after it.
  if (!onlyOnce) return Number(await connection.rpc('system_accountNextIndex', [address]));
  return stateNonceOf(connection, address);
};

const stateNonceOf = async (connection: Connection, address: string): Promise<number> => {
  const account = await readOne(connection, await readHead(connection), ['System', 'Account', address]);
  return plainNumber((account as { readonly nonce: unknown }).nonce);
};

const nameOf = ({ pallet, call }: Call): string => `${pallet}.${call}`;

const unknownOutcome = (call: TimedCall): CrusadesError =>
  crusadesError('chain_outcome_unknown', { call: nameOf(call), seconds: call.seconds });

const build = (
  { api, endpoint }: Connection,
  { pallet, call, args }: Call,
): SubmittableExtrinsic<'promise'> => {
  const make = api.tx[camel(pallet)]?.[camel(call)];
  if (!make) throw crusadesError('chain_unsupported', { endpoint, item: `call ${pallet}.${call}` });
  return make(...args);
};

interface Sent {
  readonly name: string;
  readonly address: string;
  readonly unknown: () => CrusadesError;
}

/** Sends, and settles with the first word about a block, the pool's refusal, or the loss of the connection. */
const watchSubmission = (
  { api }: Connection,
  signed: SubmittableExtrinsic<'promise'>,
  sent: Sent,
): { readonly outcome: Promise<SubmittableResult>; readonly stop: () => void } => {
  const { name, unknown } = sent;
  let unsubscribe: (() => void) | undefined;
  let stopped = false;
  let onDisconnect: () => void = () => undefined;
  const outcome = new Promise<SubmittableResult>((settle, fail) => {
    // The node's word on it goes to a connection that is gone; it may well be in a block.
    onDisconnect = () => fail(unknown());
    api.on('disconnected', onDisconnect);
    signed
      .send((result) => {
        const { status } = result;
        // The interface leaves out what the class has.
        if (status.isInBlock || status.isFinalized) settle(result);
        else if (status.isInvalid) fail(refused(name, 'the pool found it invalid'));
        else if (status.isDropped || status.isUsurped || status.isFinalityTimeout) fail(unknown());
      })
      .then(
        (stop) => {
          unsubscribe = stop;
          if (stopped) stop();
        },
        (error: unknown) => fail(sendError(error, sent)),
      );
  });
  const stop = () => {
    stopped = true;
    api.off('disconnected', onDisconnect);
    unsubscribe?.();
  };
  return { outcome, stop };
};

const sendError = (error: unknown, { name, address, unknown }: Sent): CrusadesError => {
  const message = messageOf(error);
  // 1013: the very same transaction, 1014: another one with its nonce; either waits in the pool.
  if (/^101[34]: /.test(message)) return crusadesError('chain_transaction_pending', { address, call: name });
  // 1012: the node has had it before, and it may have got into a block then.
  if (/^1012: /.test(message)) return unknown();
  // Codes of the pool begin with their number; anything else says nothing about what the node did.
  return /^\d{4}: |Custom error|Invalid Transaction/.test(message)
    ? refused(name, poolRefusal(message))
    : unknown();
};

const refused = (call: string, reason: string): CrusadesError =>
  crusadesError('chain_call_refused', { call, reason });

/** Asks the node nothing more: what fails now would look as if the call had failed. */
const inclusionOf = (
  connection: Connection,
  result: SubmittableResult,
  { name, evidence, unknown }: Pick<Sent, 'name' | 'unknown'> & Pick<Call, 'evidence'>,
): Inclusion => {
  const { status, dispatchError, txHash, txIndex, blockNumber, events } = result;
  if (dispatchError) throw refused(name, dispatchReason(connection.api, dispatchError));
  // polkadot-js could not read the block or its events: then nothing is known of the outcome.
  if (events.length === 0 || blockNumber === undefined || txIndex === undefined) throw unknown();
  const blockHash = (status.isInBlock ? status.asInBlock : status.asFinalized).toHex();
  const block = blockNumber.toNumber();
  if (!events.some(({ event }) => isEvidence(event, evidence))) {
    throw crusadesError('chain_no_effect', { block, call: name, event: evidence.event });
  }
  return { block, blockHash, extrinsicIndex: txIndex, extrinsicHash: txHash.toHex() };
};

const isEvidence = (
  { section, method, data }: SubmittableResult['events'][number]['event'],
  { event, holding }: Call['evidence'],
): boolean =>
  `${capitalised(section)}.${method}` === event &&
  (holding === undefined || data.some((field) => field.toString() === holding));

/** `SubtensorModule.SettingWeightsTooFast` for errors of a pallet, named from live metadata. */
const dispatchReason = ({ registry }: ApiPromise, error: DispatchError): string => {
  if (!error.isModule) return error.type;
  const { section, name } = registry.findMetaError(error.asModule);
  return `${capitalised(section)}.${name}`;
};

const capitalised = (text: string): string => text.replace(/^[a-z]/, (letter) => letter.toUpperCase());
