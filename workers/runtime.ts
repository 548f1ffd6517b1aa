import { constants } from 'node:os';
import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../lib/telemetry/index.js';

/**
 * Runs a worker's whole life within the process's Temporal runtime: its log goes where ours goes, and its metrics
 * are served where `CRUSADES_METRICS_ADDRESS` says (host:port, Prometheus). To be called once, before anything of
 * the SDK runs. The runtime is shut down whatever happens: by itself it would keep a process alive whose start failed.
 */
export async function withRuntime(logger: Logger, work: () => Promise<void>): Promise<void> {
  const bindAddress = process.env['CRUSADES_METRICS_ADDRESS'];
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => forward(logger, entry)),
    telemetryOptions: {
      logging: { forward: {}, filter: { core: 'WARN', other: 'WARN' } },
      ...(bindAddress && { metrics: { prometheus: { bindAddress, useSecondsForDurations: true } } }),
    },
  });
  for (const signal of SIGNALS) process.once(signal, endWhileStarting);
  try {
    await work();
  } finally {
    stopEndingAtOnce();
    await Runtime.instance().shutdown();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * A worker that is not ready has nothing to finish. The SDK has taken these signals over, and while there is no
 * worker that it could stop nothing would come of them. Exit codes as a shell gives them.
 */
const endWhileStarting = (signal: NodeJS.Signals): never => process.exit(128 + constants.signals[signal]);

const stopEndingAtOnce = (): void => {
  for (const signal of SIGNALS) process.removeListener(signal, endWhileStarting);
};

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

const forward = (logger: Logger, { level, message, meta }: LogEntry): void =>
  logger[LEVELS[level]](meta ?? {}, message);

/** Tells whoever started the process, on standard output, that it takes work now. */
export const announceReady = (facts: Readonly<Record<string, unknown>>): void => {
  stopEndingAtOnce();
  process.stdout.write(`${JSON.stringify({ event: 'ready', ...facts })}\n`);
};
