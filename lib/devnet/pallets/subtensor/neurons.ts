import { u16, u64 } from '../../scale/index.js';
import { signedBy, type Context } from '../../runtime/context.js';
import type { StateReader, StateWriter } from '../../runtime/state.js';
import type { StorageItem } from '../../runtime/storage.js';
import { accountId, netUid, ZERO_ACCOUNT, type AccountId } from '../../runtime/types.js';
import { freeBalance, withdraw } from '../balances.js';
import { kit, onNeuronReplaced, subtensorFailure } from './declaration.js';
import * as store from './storage.js';

const NeuronRegistered = kit.tupleEvent(7, 'NeuronRegistered', netUid, u16, accountId);

export const burnedRegister = kit.call(
  7,
  'burned_register',
  { netuid: netUid, hotkey: accountId },
  { weight: 350_000_000 },
  (context, origin, { netuid, hotkey }) => register(context, signedBy(origin), netuid, hotkey),
);

kit.call(
  134,
  'register_limit',
  { netuid: netUid, hotkey: accountId, limit_price: u64 },
  { weight: 350_000_000 },
  (context, origin, { netuid, hotkey, limit_price }) => {
    const coldkey = signedBy(origin);
    if (store.Burn.get(context.state, netuid) > limit_price) {
      throw subtensorFailure('RegistrationPriceLimitExceeded');
    }
    register(context, coldkey, netuid, hotkey);
  },
);

/** Registration for the burn price, in the runtime's order of checks. The price stays as it is: a devnet has no demand. */
const register = (context: Context, coldkey: AccountId, netuid: number, hotkey: AccountId): void => {
  const { state } = context;
  if (netuid === 0) throw subtensorFailure('RegistrationNotPermittedOnRootSubnet');
  if (!store.NetworksAdded.get(state, netuid)) throw subtensorFailure('SubnetNotExists');
  if (!store.NetworkRegistrationAllowed.get(state, netuid))
    throw subtensorFailure('SubNetRegistrationDisabled');
  if (store.Uids.has(state, netuid, hotkey)) throw subtensorFailure('HotKeyAlreadyRegisteredInSubNet');
  const price = store.Burn.get(state, netuid);
  if (freeBalance(state, coldkey) < price) throw subtensorFailure('NotEnoughBalanceToStake');
  const owner = store.Owner.get(state, hotkey);
  if (owner !== ZERO_ACCOUNT && owner !== coldkey) throw subtensorFailure('NonAssociatedColdKey');
  const uid = freeUid(context, netuid);

  withdraw(context, coldkey, price);
  store.RAORecycledForRegistration.put(
    state,
    netuid,
    store.RAORecycledForRegistration.get(state, netuid) + price,
  );
  placeNeuron(context, netuid, uid, hotkey, coldkey);
  context.deposit(NeuronRegistered(netuid, uid, hotkey));
};

/** The next uid, or that of the neuron that a full subnet gives up. */
const freeUid = (context: Context, netuid: number): number => {
  const { state } = context;
  const count = store.SubnetworkN.get(state, netuid);
  if (count < store.MaxAllowedUids.get(state, netuid)) return count;
  const replaceable = uidToReplace(context, netuid, count);
  if (replaceable === null) throw subtensorFailure('NoNeuronIdAvailable');
  return replaceable;
};

/** The least emission goes first, then the oldest registration; immune neurons and the owner's hotkey stay. */
const uidToReplace = ({ state, block }: Context, netuid: number, count: number): number | null => {
  const immunity = store.ImmunityPeriod.get(state, netuid);
  const owner = store.SubnetOwnerHotkey.get(state, netuid);
  const emission = store.Emission.get(state, netuid);
  const rank = (uid: number) =>
    [emission[uid] ?? 0n, BigInt(store.BlockAtRegistration.get(state, netuid, uid))] as const;
  const candidates = Array.from({ length: count }, (_, uid) => uid).filter(
    (uid) =>
      store.Keys.get(state, netuid, uid) !== owner &&
      block - store.BlockAtRegistration.get(state, netuid, uid) >= immunity,
  );
  const before = (a: number, b: number): boolean => {
    const [emissionA, blockA] = rank(a);
    const [emissionB, blockB] = rank(b);
    return emissionA < emissionB || (emissionA === emissionB && blockA < blockB);
  };
  return candidates.reduce<number | null>(
    (best, uid) => (best === null || before(uid, best) ? uid : best),
    null,
  );
};

/** Puts a hotkey at a uid, at the end or in another's place, with everything that a new neuron starts from. */
export const placeNeuron = (
  context: Context,
  netuid: number,
  uid: number,
  hotkey: AccountId,
  coldkey: AccountId,
): void => {
  const { state, block } = context;
  const previous = store.Keys.get(state, netuid, uid);
  if (uid < store.SubnetworkN.get(state, netuid)) forgetNeuron(context, netuid, uid, previous);
  else store.SubnetworkN.put(state, netuid, uid + 1);

  store.Uids.put(state, netuid, hotkey, uid);
  store.Keys.put(state, netuid, uid, hotkey);
  store.IsNetworkMember.put(state, hotkey, netuid, true);
  store.BlockAtRegistration.put(state, netuid, uid, block);
  own(state, hotkey, coldkey);

  setAt(state, store.Active, netuid, uid, true);
  setAt(state, store.ValidatorPermit, netuid, uid, false);
  setAt(state, store.Emission, netuid, uid, 0n);
  for (const item of [store.Consensus, store.Dividends, store.ValidatorTrust])
    setAt(state, item, netuid, uid, 0);
  for (const index of storageIndices(state, netuid)) {
    setAt(state, store.Incentive, index, uid, 0);
    setAt(state, store.LastUpdate, index, uid, block);
  }
};

const forgetNeuron = (context: Context, netuid: number, uid: number, hotkey: AccountId): void => {
  const { state } = context;
  store.Uids.remove(state, netuid, hotkey);
  store.IsNetworkMember.remove(state, hotkey, netuid);
  store.Axons.remove(state, netuid, hotkey);
  store.Prometheus.remove(state, netuid, hotkey);
  for (const index of storageIndices(state, netuid)) {
    store.Weights.remove(state, index, uid);
    store.Bonds.remove(state, index, uid);
  }
  onNeuronReplaced.forEach((forget) => forget(context, netuid, hotkey));
};

const own = (state: StateWriter, hotkey: AccountId, coldkey: AccountId): void => {
  if (store.Owner.get(state, hotkey) !== ZERO_ACCOUNT) return;
  store.Owner.put(state, hotkey, coldkey);
  store.OwnedHotkeys.put(state, coldkey, [...store.OwnedHotkeys.get(state, coldkey), hotkey]);
};

/** Mechanisms keep their own weights under `mechanism × 4096 + netuid`. */
export const MECHANISM_STRIDE = 4096;

export const storageIndexOf = (netuid: number, mechanism: number): number =>
  mechanism * MECHANISM_STRIDE + netuid;

export const storageIndices = (state: StateReader, netuid: number): number[] =>
  Array.from({ length: store.MechanismCountCurrent.get(state, netuid) }, (_, mechanism) =>
    storageIndexOf(netuid, mechanism),
  );

/** Sets one uid's entry of a per-uid vector. */
export const setAt = <V>(
  state: StateWriter,
  item: StorageItem<readonly [number], V[], V[]>,
  index: number,
  uid: number,
  value: V,
): void => {
  const values = item.get(state, index);
  item.put(state, index, Object.assign([...values], { [uid]: value }));
};
