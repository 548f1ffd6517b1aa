import type { WsProvider } from '@polkadot/api';
import type { ProviderInterfaceCallback } from '@polkadot/rpc-provider/types';

export interface Subscribing {
  readonly type: string;
  readonly method: string;
  readonly params: unknown[];
  readonly callback: ProviderInterfaceCallback;
}

interface Subscription extends Subscribing {
  /** Where it runs; null while it waits for a connection. */
  node: WsProvider | null;
  /** Id that the node gave. */
  id: number | string;
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
    const subscription: Subscription = { ...wanted, node: null, id: '' };
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
    if (!subscription?.node?.isConnected) return false;
    return subscription.node.unsubscribe(subscription.type, method, subscription.id).catch(() => false);
  }

  /** Begins all anew at another node, except submissions: what became of a transaction has to be read. */
  moveTo(node: WsProvider): void {
    for (const [ours, subscription] of this.#byId) {
      if (subscription.node === node) continue;
      if (isSubmission(subscription)) this.#byId.delete(ours);
      // If the connection breaks again, the next one takes it up.
      else start(subscription, node).catch(() => undefined);
    }
  }
}

const start = async (subscription: Subscription, node: WsProvider): Promise<void> => {
  const { type, method, params, callback } = subscription;
  subscription.id = await node.subscribe(type, method, params, callback);
  subscription.node = node;
};

const isSubmission = ({ type }: Subscribing): boolean => type.startsWith('author_');
