import { lookup, Resolver } from 'node:dns/promises';

export interface Address {
  readonly address: string;
  readonly family: number;
}

/** Host name to addresses. @param signal ends the look-up, with its reason or an error of its own */
export type Resolve = (host: string, signal: AbortSignal) => Promise<readonly Address[]>;

/**
 * As the operating system sees it: the hosts file and local names, too. For devnets only: a look-up takes one of the few
 * threads that all files of the process share for as long as the name server likes, and cannot be called off.
 */
export const systemResolve: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/** Milliseconds for one try with one name server, and tries: the deadline of the fetch ends it before, if it is shorter. */
const TRIES = { timeout: 4000, tries: 3 };
/** Milliseconds that the slower family of addresses gets once the other is known; some name servers never answer for IPv6. */
const OTHER_FAMILY_MS = 1000;

/**
 * Asks the name servers of the system directly, on sockets and not on threads, so that any number of look-ups wait side
 * by side, and end with the signal. Names are absolute: no search list is tried.
 *
 * @param servers instead of those of the system: `address:port`
 */
export const createDnsResolve =
  (servers?: readonly string[]): Resolve =>
  async (host, signal) => {
    const resolver = new Resolver(TRIES);
    if (servers) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      return await bothFamilies(
        resolver.resolve4(host).then((found) => found.map((address) => ({ address, family: 4 }))),
        resolver.resolve6(host).then((found) => found.map((address) => ({ address, family: 6 }))),
      );
    } finally {
      signal.removeEventListener('abort', cancel);
      resolver.cancel();
    }
  };

type Answer = Promise<readonly Address[]>;

const bothFamilies = async (four: Answer, six: Answer): Promise<readonly Address[]> => {
  try {
    await Promise.any([four, six]);
  } catch (error) {
    throw tellingOf((error as AggregateError).errors as readonly Error[]);
  }
  const found = await Promise.all([patiently(four), patiently(six)]);
  return found.flat();
};

const patiently = async (answer: Answer): Answer => {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<readonly Address[]>((settle) => {
    timer = setTimeout(settle, OTHER_FAMILY_MS, []);
  });
  try {
    return await Promise.race([answer.catch(() => []), enough]);
  } finally {
    clearTimeout(timer);
  }
};

/** That a name has no address of one family says nothing if the other family's look-up failed otherwise. */
const tellingOf = ([first, ...others]: readonly Error[]): Error => {
  const telling = [first, ...others].find((error) => error && codeOf(error) !== 'ENODATA');
  return telling ?? first ?? new Error('no answer');
};

const codeOf = (error: Error): string | undefined => (error as NodeJS.ErrnoException).code;
