import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/**
 * The program's log: JSON lines on standard error, so that standard output stays the command's answer.
 * `CRUSADES_LOG_LEVEL` sets the level (`debug`, `info`, `warn`, …; default `info`).
 */
export const createLogger = (name: string): Logger =>
  pino(
    { name, level: process.env['CRUSADES_LOG_LEVEL'] ?? 'info' },
    pino.destination({ dest: 2, sync: true }),
  );
