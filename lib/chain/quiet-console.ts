import type { Logger } from '../telemetry/index.js';

/**
 * Leads what polkadot-js prints to the log. The library writes to the console, offers no way to say where
 * to, and would otherwise mix reconnects and runtime upgrades into a command's answer. Only lines in its own
 * format are taken: a date, then the name of the part, padded.
 */
export const quietConsole = (logger: Logger | undefined): void => {
  sink = logger;
  if (installed) return;
  installed = true;
  for (const method of ['log', 'warn', 'error'] as const) {
    const original = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      if (isPolkadotLine(values))
        sink?.debug({ source: 'polkadot-js' }, values.slice(1).map(String).join(' ').trim());
      else original(...values);
    };
  }
};

let installed = false;
let sink: Logger | undefined;

const isPolkadotLine = ([date, part]: readonly unknown[]): boolean =>
  typeof date === 'string' &&
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(date) &&
  typeof part === 'string' &&
  /^ *[A-Z0-9/_-]+:$/.test(part) &&
  part.length >= 16;
