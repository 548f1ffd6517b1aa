import { nameEnum, option, result, struct, tuple, u32, unit, vec } from '../scale/index.js';
import { signedBy, type Context } from '../runtime/context.js';
import { dispatchError } from '../runtime/errors.js';
import { runtimeCall } from '../runtime/outer.js';
import { PalletKit } from '../runtime/pallet.js';
import { twox64 } from '../runtime/storage.js';
import { accountId, multiAddress, taoBalance, type AccountId } from '../runtime/types.js';
import { lookUp } from './balances.js';
import { tryDispatch } from './sudo.js';

/*
 * Proxies as far as a call may come wrapped in one: those of every kind, without delay, without deposit.
 */
const kit = new PalletKit('Proxy', 16, 'pallet_subtensor_proxy');

const proxyType = nameEnum('subtensor_runtime_common::ProxyType', [
  'Any',
  'Owner',
  'NonCritical',
  'NonTransfer',
  'Senate',
  'NonFungible',
  'Triumvirate',
  'Governance',
  'Staking',
  'Registration',
  'Transfer',
  'SmallTransfer',
  'RootWeights',
  'ChildKeys',
  'SudoUncheckedSetCode',
  'SwapHotkey',
  'SubnetLeaseBeneficiary',
  'RootClaim',
  'BasketTrading',
]);

const definition = struct('pallet_subtensor_proxy::ProxyDefinition', {
  delegate: accountId,
  proxy_type: proxyType,
  delay: u32,
});

const Proxies = kit.map('Proxies', [twox64(accountId)], tuple(vec(definition), taoBalance), [[], 0n]);

const ProxyExecuted = kit.event(0, 'ProxyExecuted', { result: result(unit, dispatchError) });
const ProxyAdded = kit.event(4, 'ProxyAdded', {
  delegator: accountId,
  delegatee: accountId,
  proxy_type: proxyType,
  delay: u32,
});
const ProxyRemoved = kit.event(5, 'ProxyRemoved', {
  delegator: accountId,
  delegatee: accountId,
  proxy_type: proxyType,
  delay: u32,
});

const failure = kit.errors([
  'TooMany',
  'NotFound',
  'NotProxy',
  'Unproxyable',
  'Duplicate',
  'NoPermission',
  'Unannounced',
  'NoSelfProxy',
  'AnnouncementDepositInvariantViolated',
  'InvalidDerivedAccountId',
]);

kit.call(
  0,
  'proxy',
  { real: multiAddress, force_proxy_type: option(proxyType), call: runtimeCall },
  {},
  (context, origin, { real, force_proxy_type, call }) => {
    const who = lookUp(real);
    const allowed = proxiesOf(context, who).some(
      ({ delegate, proxy_type }) =>
        delegate === signedBy(origin) && (force_proxy_type === null || proxy_type === force_proxy_type),
    );
    if (!allowed) throw failure('NotProxy');
    const failed = tryDispatch(context, call, { kind: 'signed', who });
    context.deposit(
      ProxyExecuted({ result: failed ? { ok: false, error: failed.error } : { ok: true, value: null } }),
    );
  },
);

const terms = { delegate: multiAddress, proxy_type: proxyType, delay: u32 };

kit.call(1, 'add_proxy', terms, {}, (context, origin, { delegate, proxy_type, delay }) => {
  const who = signedBy(origin);
  const added = { delegate: lookUp(delegate), proxy_type, delay };
  const before = proxiesOf(context, who);
  if (before.some((each) => isSame(each, added))) throw failure('Duplicate');
  Proxies.put(context.state, who, [[...before, added], 0n]);
  context.deposit(ProxyAdded({ delegator: who, delegatee: added.delegate, proxy_type, delay }));
});

kit.call(2, 'remove_proxy', terms, {}, (context, origin, { delegate, proxy_type, delay }) => {
  const who = signedBy(origin);
  const removed = { delegate: lookUp(delegate), proxy_type, delay };
  const before = proxiesOf(context, who);
  const kept = before.filter((each) => !isSame(each, removed));
  if (kept.length === before.length) throw failure('NotFound');
  Proxies.put(context.state, who, [kept, 0n]);
  context.deposit(ProxyRemoved({ delegator: who, delegatee: removed.delegate, proxy_type, delay }));
});

export const proxy = kit.done();

type Definition = ReturnType<typeof proxiesOf>[number];

const proxiesOf = ({ state }: Context, who: AccountId) => Proxies.get(state, who)[0];

const isSame = (a: Definition, b: Definition): boolean =>
  a.delegate === b.delegate && a.proxy_type === b.proxy_type && a.delay === b.delay;
