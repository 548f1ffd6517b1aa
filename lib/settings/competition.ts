import { createHash } from 'node:crypto';

import type { Hparams } from '../../hparams/schema.js';

/** The competition's settings in force when a submission started: plain JSON that travels in its input. */
export interface CompetitionSettings {
  readonly hparams: Hparams;
  /** sha256, hex, of {@link hparams} with its keys in order. */
  readonly hash: string;
}

/** A frozen copy of the competition's settings with its hash. */
export const competitionSettings = (hparams: Hparams): CompetitionSettings => {
  const copy = structuredClone(hparams);
  return deepFreeze({ hparams: copy, hash: settingsHash(copy) });
};

/** sha256 (64 hex digits) of the settings, the same whatever the order of the keys in their file. */
export const settingsHash = (hparams: Hparams): string =>
  createHash('sha256').update(canonicalJson(hparams)).digest('hex');

const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
};
