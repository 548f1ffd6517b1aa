import { result, unit } from '../scale/index.js';
import { signedBy, transactionally, type Context, type Origin } from '../runtime/context.js';
import { dispatchError, DispatchFailure, type DispatchError } from '../runtime/errors.js';
import { runtimeCall } from '../runtime/outer.js';
import { PalletKit, type RuntimeCall } from '../runtime/pallet.js';
import { accountId } from '../runtime/types.js';

const kit = new PalletKit('Sudo', 12, 'pallet_sudo');

export const Key = kit.optionalValue('Key', accountId);

const Sudid = kit.event(0, 'Sudid', { sudo_result: result(unit, dispatchError) });
const failure = kit.errors(['RequireSudo']);

kit.call(0, 'sudo', { call: runtimeCall }, { free: true }, (context, origin, { call }) => {
  if (signedBy(origin) !== Key.get(context.state)) throw failure('RequireSudo');
  const error = tryDispatch(context, call, { kind: 'root' });
  context.deposit(
    Sudid({ sudo_result: error ? { ok: false, error: error.error } : { ok: true, value: null } }),
  );
});

export const sudo = kit.done();

/** Runs a call inside another one: its changes count unless it fails, and its failure is returned. */
export const tryDispatch = (
  context: Context,
  call: RuntimeCall,
  origin: Origin,
): { readonly error: DispatchError } | null => {
  try {
    transactionally(context, (inner) => {
      if (origin.kind === 'signed') call.guard(inner, origin.who);
      call.dispatch(inner, origin);
    });
    return null;
  } catch (error) {
    if (error instanceof DispatchFailure) return { error: error.error };
    throw error;
  }
};
