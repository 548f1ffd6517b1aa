import { z } from 'zod';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A duration such as `30s`, `1.5m` or `250ms`, positive and at most 365 days; parsed to milliseconds. */
export const durationSchema = z
  .string()
  .regex(DURATION, 'must be a number with its unit (ms, s, m, h or d), such as 30s')
  .meta({ examples: ['250ms', '30s', '10m'] })
  .refine(
    (text) => {
      const milliseconds = toMilliseconds(text);
      return milliseconds >= 1 && milliseconds <= 365 * UNITS.d;
    },
    { message: 'must be at least 1ms and at most 365d' },
  )
  .transform(toMilliseconds);

function toMilliseconds(text: string): number {
  const [, amount = '0', unit = 'ms'] = DURATION.exec(text) ?? [];
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}
