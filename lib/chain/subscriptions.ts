import type { WsProvider } from '@polkadot/api';
import type { ProviderInterfaceCallback } from '@polkadot/rpc-provider/types';

export interface Subscribing {
  readonly type: string;
  readonly method: string;
  readonly params: unknown[];
  readonly callback: ProviderInterfaceCallback;
}

interface Subscription extends Subscribing {
  /** Where it is to run; null while it waits for a connection. */
  node: WsProvider | null;
  /** Id that the node gave; null until it has answered. */
  id: number | string | null;
  /** How it was ended before the node had answered. */
  endedBy?: string;
}

/** Subscriptions under ids of our own, which stay the same while the nodes behind them change. */
export class Subscriptions {
  readonly #byId = new Map<string, Subscription>();
  #next = 1;

  /** A submission's word comes over the connection it was sent on. */
  get isSubmitting(): boolean {
    return [...this.#byId.values()].some(isSubmission);
  }

  /**
   * Begins one at a node, or leaves it waiting for a connection.
   *
   * @param mayWait whether it may wait after this failure; a submission never does
   */
  async begin(
    wanted: Subscribing,
    node: () => WsProvider,
    mayWait: (error: unknown) => boolean,
  ): Promise<string> {
    const ours = `s${this.#next++}`;
    const subscription: Subscription = { ...wanted, node: null, id: null };
    this.#byId.set(ours, subscription);
    try {
      await start(subscription, node());
    } catch (error) {
      if (isSubmission(wanted) || !mayWait(error)) {
        this.#byId.delete(ours);
        throw error;
      }
    }
    return ours;
  }

  async end(ours: string, method: string): Promise<boolean> {
    const subscription = this.#byId.get(ours);
    this.#byId.delete(ours);
    if (!subscription?.node) return false;
    subscription.endedBy = method;
    return subscription.id === null ? true : stop(subscription, subscription.node, subscription.id);
  }

  /**
   * Begins all anew at another node, except submissions: what became of a transaction has to be read.
   *
   * @param failed told of a node that does not take one; the next connection takes it up
   */
  moveTo(node: WsProvider, failed: (error: unknown) => void): void {
    for (const [ours, subscription] of this.#byId) {
      if (subscription.node === node) continue;
      if (isSubmission(subscription)) this.#byId.delete(ours);
      else start(subscription, node).catch(failed);
    }
  }
}

const start = async (subscription: Subscription, node: WsProvider): Promise<void> => {
  const { type, method, params, callback } = subscription;
  subscription.node = node;
  subscription.id = null;
  const id = await node.subscribe(type, method, params, callback).catch((error: unknown) => {
    if (subscription.node === node) subscription.node = null;
    throw error;
  });
  // Meanwhile it may have been ended, or have moved on to another node.
  if (subscription.node !== node || subscription.endedBy !== undefined) await stop(subscription, node, id);
  else subscription.id = id;
};

const stop = async (
  { type, endedBy }: Subscription,
  node: WsProvider,
  id: number | string,
): Promise<boolean> => {
  // A node that was left for another one forgets it with the connection.
  if (endedBy === undefined || !node.isConnected) return false;
  return node.unsubscribe(type, endedBy, id).catch(() => false);
};

const isSubmission = ({ type }: Subscribing): boolean => type.startsWith('author_');
