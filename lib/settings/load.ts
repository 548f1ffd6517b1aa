import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parseDocument } from 'yaml';
import type { z } from 'zod';

import { hparamsSchema, type Hparams } from '../../hparams/schema.js';
import { crusadesError } from '../errors/index.js';
import { contradictions } from './contradictions.js';
import { environmentSchema, toEnvironment, type Environment } from './environment.js';
import { jsonSchemaOf } from './json-schema.js';
import { ENVIRONMENT, formatProblem, problemsOf, type SettingsProblem } from './problems.js';
import { temporalSchema, type TemporalSettings } from './temporal-schema.js';

/** Everything that is configured: the competition, the use of Temporal, this host's environment. */
export interface Settings {
  readonly hparams: Hparams;
  readonly temporal: TemporalSettings;
  readonly environment: Environment;
}

export interface SettingsSources {
  /** Default: `CRUSADES_HPARAMS`, else `hparams/hparams.json` of the program. */
  readonly hparamsPath?: string;
  /** Default: `CRUSADES_TEMPORAL_SETTINGS`, else `temporal.yaml` of the program. */
  readonly temporalPath?: string;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads and checks all settings; variables of the environment override `temporal.yaml`.
 *
 * @throws CrusadesError `settings_invalid` with every problem of every file, in `details.findings` as data too
 */
export const loadSettings = (sources: SettingsSources = {}): Settings => {
  const env = withoutEmpty(sources.env ?? process.env);
  const hparamsPath = resolve(
    sources.hparamsPath ?? env['CRUSADES_HPARAMS'] ?? packaged('hparams/hparams.json'),
  );
  const temporalPath = resolve(
    sources.temporalPath ?? env['CRUSADES_TEMPORAL_SETTINGS'] ?? packaged('temporal.yaml'),
  );
  const problems: SettingsProblem[] = [];
  const read = {
    hparams: readDocument(hparamsPath, problems),
    temporal: readDocument(temporalPath, problems),
  };
  const hparams = checked(hparamsSchema, hparamsPath, read.hparams, problems);
  const temporal = checked(temporalSchema, temporalPath, read.temporal, problems);
  for (const { source, key, wrong } of contradictions(read.hparams, read.temporal)) {
    const file = basename(source === 'hparams' ? hparamsPath : temporalPath);
    problems.push({ file, key, wrong, allowed: null });
  }
  const variables = checked(environmentSchema, ENVIRONMENT, env, problems);

  if (problems.length > 0 || hparams === null || temporal === null || variables === null) {
    throw crusadesError('settings_invalid', {
      count: problems.length,
      problems: problems.map(formatProblem).join('\n'),
      findings: problems,
    });
  }
  return { hparams, temporal: overridden(temporal, variables), environment: toEnvironment(variables) };
};

/** A settings file that comes with the program; works from the sources and from `dist`. */
export const packaged = (path: string): string => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, path);
};

const unread = Symbol('the file could not be read, which is a problem already');

/** JSON is YAML, so one parser serves both, with line numbers and refusal of repeated keys. */
const readDocument = (path: string, problems: SettingsProblem[]): unknown => {
  const file = basename(path);
  try {
    const document = parseDocument(readFileSync(path, 'utf8'), { prettyErrors: true });
    if (document.errors.length === 0) return document.toJS({ maxAliasCount: 100 }) as unknown;
    for (const { message } of document.errors) {
      problems.push({ file, key: '', wrong: message.split('\n')[0] ?? message, allowed: null });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push({ file, key: '', wrong: `cannot be read: ${reason}`, allowed: null });
  }
  return unread;
};

const checked = <Schema extends z.ZodType>(
  schema: Schema,
  path: string,
  value: unknown,
  problems: SettingsProblem[],
): z.output<Schema> | null => {
  if (value === unread) return null;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  problems.push(...problemsOf(basename(path), result.error.issues, jsonSchemaOf(schema), value));
  return null;
};

const overridden = (
  temporal: TemporalSettings,
  variables: z.output<typeof environmentSchema>,
): TemporalSettings => ({
  ...temporal,
  address: variables.TEMPORAL_ADDRESS ?? temporal.address,
  namespace: variables.TEMPORAL_NAMESPACE ?? temporal.namespace,
  tls: { ...temporal.tls, enabled: variables.TEMPORAL_TLS ?? temporal.tls.enabled },
});

const withoutEmpty = (env: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
    ),
  );
