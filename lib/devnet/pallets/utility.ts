import { u32, vec } from '../scale/index.js';
import { transactionally, type Context, type Origin } from '../runtime/context.js';
import { dispatchError, DispatchFailure } from '../runtime/errors.js';
import { runtimeCall } from '../runtime/outer.js';
import { PalletKit, type RuntimeCall } from '../runtime/pallet.js';
import { tryDispatch } from './sudo.js';

const kit = new PalletKit('Utility', 11, 'pallet_subtensor_utility');

const BatchInterrupted = kit.event(0, 'BatchInterrupted', { index: u32, error: dispatchError });
const BatchCompleted = kit.event(1, 'BatchCompleted', {});
const BatchCompletedWithErrors = kit.event(2, 'BatchCompletedWithErrors', {});
const ItemCompleted = kit.event(3, 'ItemCompleted', {});
const ItemFailed = kit.event(4, 'ItemFailed', { error: dispatchError });

kit.errors(['TooManyCalls', 'InvalidDerivedAccount']);

const calls = { calls: vec(runtimeCall) };

kit.call(0, 'batch', calls, {}, (context, origin, { calls }) => {
  refuseNested(calls);
  for (const [index, call] of calls.entries()) {
    const failed = tryDispatch(context, call, origin);
    if (failed) return context.deposit(BatchInterrupted({ index, error: failed.error }));
    context.deposit(ItemCompleted({}));
  }
  context.deposit(BatchCompleted({}));
});

kit.call(2, 'batch_all', calls, {}, (context, origin, { calls }) => {
  refuseNested(calls);
  transactionally(context, (inner) => calls.forEach((call) => dispatchOrThrow(inner, call, origin)));
  context.deposit(BatchCompleted({}));
});

kit.call(4, 'force_batch', calls, {}, (context, origin, { calls }) => {
  refuseNested(calls);
  let anyFailed = false;
  for (const call of calls) {
    const failed = tryDispatch(context, call, origin);
    context.deposit(failed ? ItemFailed({ error: failed.error }) : ItemCompleted({}));
    anyFailed ||= failed !== null;
  }
  context.deposit(anyFailed ? BatchCompletedWithErrors({}) : BatchCompleted({}));
});

kit.constant('batched_calls_limit', u32, 10_922);

export const utility = kit.done();

const dispatchOrThrow = (context: Context, call: RuntimeCall, origin: Origin): void => {
  if (origin.kind === 'signed') call.guard(context, origin.who);
  call.dispatch(context, origin);
  context.deposit(ItemCompleted({}));
};

/** This runtime filters batches inside batches out (`System.CallFiltered`). */
const refuseNested = (calls: readonly RuntimeCall[]): void => {
  if (calls.some(({ pallet }) => pallet === 'Utility')) {
    throw new DispatchFailure({ kind: 'Module', value: { index: 0, error: Uint8Array.of(5, 0, 0, 0) } });
  }
};
