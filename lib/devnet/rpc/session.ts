import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Caller, Notify } from './protocol.js';

/** Bytes that a client may leave unread before its connection is cut. */
const MOST_UNREAD = 64 * 1024 * 1024;

/** One websocket's subscriptions. */
export class Session implements Caller {
  readonly #subscriptions = new Map<string, () => void>();
  #held: string[] | null = null;

  constructor(
    private readonly socket: WebSocket,
    /** Milliseconds by which everything comes later. */
    private readonly delay: () => number = () => 0,
  ) {}

  /** Sends an answer, and only after it what the answered calls have already notified of. */
  batch(answer: () => string | Promise<string>): void {
    this.#held = [];
    const text = answer();
    const held = this.#held;
    this.#held = null;
    if (typeof text !== 'string') {
      void text.then((late) => this.#write(late));
      return;
    }
    this.#write(text);
    held.forEach((each) => this.#write(each));
  }

  subscribe(notification: string, begin: (notify: Notify) => () => void): string {
    const id = randomBytes(8).toString('base64url');
    const notify: Notify = (result) =>
      this.#send(
        JSON.stringify({ jsonrpc: '2.0', method: notification, params: { subscription: id, result } }),
      );
    this.#subscriptions.set(id, begin(notify));
    return id;
  }

  unsubscribe(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    const stop = this.#subscriptions.get(id);
    stop?.();
    return this.#subscriptions.delete(id);
  }

  end(): void {
    this.#subscriptions.forEach((stop) => stop());
    this.#subscriptions.clear();
  }

  #send(text: string): void {
    if (this.#held) this.#held.push(text);
    else this.#write(text);
  }

  #write(text: string): void {
    const delay = this.delay();
    if (delay > 0) setTimeout(() => this.#writeNow(text), delay);
    else this.#writeNow(text);
  }

  #writeNow(text: string): void {
    if (this.socket.readyState !== this.socket.OPEN) return;
    this.socket.send(text);
    if (this.socket.bufferedAmount > MOST_UNREAD) this.socket.terminate();
  }
}
