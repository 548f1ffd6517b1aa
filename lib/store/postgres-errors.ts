import { crusadesError, CrusadesError } from '../errors/index.js';

/** Codes of Node's sockets and resolver that mean that Postgres cannot be talked to. */
const SOCKET_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What `pg` says without a code when a connection is lost, slow or closed. */
const CONNECTION_WORDS =
  /connection terminated|connection error|connection timeout|timeout exceeded when trying to connect|query read timeout|cannot use a pool after calling end|connection ended/i;

/**
 * SQLSTATE (Postgres manual, appendix A) to the ledger's own errors. 57014 is our own statement time-out; 28 and 3D
 * are a wrong password or database, 57P an administrator's or a crash's shutdown.
 */
const MEANINGS: readonly (readonly [RegExp, (reason: string) => CrusadesError])[] = [
  [/^(53|58)/, (reason) => crusadesError('ledger_full', { reason })],
  [/^(40|55P03)/, (reason) => crusadesError('ledger_conflict', { reason })],
  [/^(08|28|3D|57)/, (reason) => crusadesError('ledger_unreachable', { reason })],
  [
    /^(42P01|42703)/,
    (reason) =>
      crusadesError('ledger_schema_mismatch', {
        found: `another one (${reason})`,
        needed: 'the one of its migrations',
      }),
  ],
];

/** An error of Postgres as one of the catalogue; anything else is a defect of ours and stays what it is. */
export const ledgerError = (error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof CrusadesError) return error;
  const code = codeOf(error);
  const reason = reasonOf(error);
  if (SOCKET_CODES.has(code) || CONNECTION_WORDS.test(error.message)) {
    return crusadesError('ledger_unreachable', { reason }, { cause: error });
  }
  const meaning = MEANINGS.find(([sqlStates]) => code.length === 5 && sqlStates.test(code));
  if (meaning === undefined) return error;
  const mapped = meaning[1](reason);
  mapped.cause = error;
  return mapped;
};

/** Every method of `methods`, with the errors of Postgres translated. */
export const withLedgerErrors = <Methods extends object>(methods: Methods): Methods =>
  Object.fromEntries(
    Object.entries(methods).map(([name, method]: [string, (...given: unknown[]) => Promise<unknown>]) => [
      name,
      async (...given: unknown[]): Promise<unknown> => {
        try {
          return await method(...given);
        } catch (error) {
          throw ledgerError(error);
        }
      },
    ]),
  ) as Methods;

const codeOf = (error: Error): string => {
  const code = 'code' in error ? error.code : firstOf(error)?.code;
  return typeof code === 'string' ? code : '';
};

/** Node reports the failures of several addresses of one host together, with an empty message. */
const reasonOf = (error: Error): string => error.message || firstOf(error)?.message || codeOf(error);

const firstOf = (error: Error): NodeJS.ErrnoException | undefined =>
  error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined) : undefined;
