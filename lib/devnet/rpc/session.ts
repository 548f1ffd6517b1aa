import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Caller, Notify } from './protocol.js';

/** Bytes that a client may leave unread before its connection is cut. */
const MOST_UNREAD = 64 * 1024 * 1024;

/** One websocket's subscriptions. */
export class Session {
  readonly #subscriptions = new Map<string, () => void>();
  #ended = false;

  constructor(
    private readonly socket: WebSocket,
    /** Milliseconds by which everything comes later. */
    private readonly delay: () => number = () => 0,
  ) {}

  /** Sends the answer to a message, and only after it what the subscriptions that it opens notify of. */
  answer(make: (caller: Caller) => string | Promise<string>): void {
    let held: string[] | null = [];
    const send = (text: string): void => {
      if (held) held.push(text);
      else this.#write(text);
    };
    const finish = (answer: string): void => {
      const early = held ?? [];
      held = null;
      for (const text of [answer, ...early]) this.#write(text);
    };
    const answer = make({
      subscribe: (notification, begin) => this.#subscribe(notification, begin, send),
      unsubscribe: (id) => this.#unsubscribe(id),
    });
    if (typeof answer === 'string') finish(answer);
    else void answer.then(finish);
  }

  end(): void {
    this.#ended = true;
    this.#subscriptions.forEach((stop) => stop());
    this.#subscriptions.clear();
  }

  #subscribe(
    notification: string,
    begin: (notify: Notify) => () => void,
    send: (text: string) => void,
  ): string {
    const id = randomBytes(8).toString('base64url');
    const notify: Notify = (result) =>
      send(JSON.stringify({ jsonrpc: '2.0', method: notification, params: { subscription: id, result } }));
    const stop = begin(notify);
    // The connection may have closed while the call waited.
    if (this.#ended) stop();
    else this.#subscriptions.set(id, stop);
    return id;
  }

  #unsubscribe(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    const stop = this.#subscriptions.get(id);
    stop?.();
    return this.#subscriptions.delete(id);
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
