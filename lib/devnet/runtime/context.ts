import { badOrigin } from './errors.js';
import type { RuntimeEvent } from './pallet.js';
import { Overlay, type StateWriter } from './state.js';
import type { AccountId } from './types.js';

/** On whose authority a call runs. */
export type Origin =
  | { readonly kind: 'signed'; readonly who: AccountId }
  | { readonly kind: 'root' }
  | { readonly kind: 'none' };

/** What a hook or a call works on. */
export interface Context {
  readonly state: StateWriter;
  /** Number of the block being made. */
  readonly block: number;
  deposit(event: RuntimeEvent): void;
}

/** @throws BadOrigin */
export const signedBy = (origin: Origin): AccountId => {
  if (origin.kind !== 'signed') throw badOrigin();
  return origin.who;
};

/** @throws BadOrigin */
export const ensureRoot = (origin: Origin): void => {
  if (origin.kind !== 'root') throw badOrigin();
};

/** Runs `work` so that its changes and events count only when it does not throw. */
export const transactionally = <T>(context: Context, work: (inner: Context) => T): T => {
  const state = new Overlay(context.state);
  const events: RuntimeEvent[] = [];
  const value = work({ state, block: context.block, deposit: (event) => events.push(event) });
  state.apply(context.state);
  events.forEach((event) => context.deposit(event));
  return value;
};
