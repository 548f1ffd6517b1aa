import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../lib/telemetry/index.js';

/**
 * Installs the process's Temporal runtime: its log goes where ours goes, and its metrics are served where
 * `CRUSADES_METRICS_ADDRESS` says (host:port, Prometheus). To be called once, before anything of the SDK runs.
 */
export function installRuntime(logger: Logger): void {
  const bindAddress = process.env['CRUSADES_METRICS_ADDRESS'];
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => forward(logger, entry)),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      ...(bindAddress && { metrics: { prometheus: { bindAddress, useSecondsForDurations: true } } }),
    },
  });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

const forward = (logger: Logger, { level, message, meta }: LogEntry): void =>
  logger[LEVELS[level]](meta ?? {}, message);

/** Tells whoever started the process, on standard output, that it takes work now. */
export const announceReady = (facts: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...facts })}\n`);
};
