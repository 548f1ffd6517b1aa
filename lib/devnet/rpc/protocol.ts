/** An error that goes back to the caller, with the code and text of a Substrate node. */
export class RpcError extends Error {
  override readonly name = 'RpcError';

  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

export const methodNotFound = (): RpcError => new RpcError(-32601, 'Method not found');
export const invalidParams = (reason: string): RpcError => new RpcError(-32602, 'Invalid params', reason);

/** Sends one result to a subscriber. */
export type Notify = (result: unknown) => void;

/** What a method may do with the connection that called it. Over HTTP there is none to subscribe on. */
export interface Caller {
  /**
   * Opens a subscription whose notifications carry `notification` as their method.
   *
   * @param begin starts it and returns how to end it
   * @returns its id
   */
  subscribe(notification: string, begin: (notify: Notify) => () => void): string;
  /** @returns whether there was such a subscription */
  unsubscribe(id: unknown): boolean;
}

/** Parameters of a call, taken by position. */
export class Params {
  constructor(private readonly values: readonly unknown[]) {}

  /** @throws RpcError */
  string(position: number, name: string): string {
    const value = this.values[position];
    if (typeof value !== 'string') throw invalidParams(`${name} must be a string`);
    return value;
  }

  optionalString(position: number, name: string): string | null {
    return this.values[position] === undefined || this.values[position] === null
      ? null
      : this.string(position, name);
  }

  /** Hex with or without `0x`, lower case without it. */
  hex(position: number, name: string): string {
    return hexOf(this.string(position, name), name);
  }

  optionalHex(position: number, name: string): string | null {
    const text = this.optionalString(position, name);
    return text === null ? null : hexOf(text, name);
  }

  hexList(position: number, name: string): string[] {
    const value = this.values[position];
    if (!Array.isArray(value)) throw invalidParams(`${name} must be a list`);
    return value.map((each: unknown) => {
      if (typeof each !== 'string') throw invalidParams(`${name} must hold strings`);
      return hexOf(each, name);
    });
  }

  /** A whole number, also as hex text. */
  optionalNumber(position: number, name: string): number | null {
    const value = this.values[position];
    if (value === undefined || value === null) return null;
    const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
    if (!Number.isSafeInteger(number) || number < 0) throw invalidParams(`${name} must be a number`);
    return number;
  }

  raw(position: number): unknown {
    return this.values[position];
  }
}

const hexOf = (text: string, name: string): string => {
  const digits = (text.startsWith('0x') ? text.slice(2) : text).toLowerCase();
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/.test(digits)) throw invalidParams(`${name} must be hex`);
  return digits;
};

export type Method = (params: Params, caller: Caller) => unknown;
export type Methods = Readonly<Record<string, Method>>;
