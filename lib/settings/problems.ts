import type { z } from 'zod';

import { describeRange, schemaAt, type JsonSchema } from './json-schema.js';

/** One thing that is wrong in the settings, in words for the person who has to correct it. */
export interface SettingsProblem {
  /** File name, or `environment`. */
  readonly file: string;
  /** Path of the key, `mfu.min_mfu` for example; empty for the file as a whole. */
  readonly key: string;
  readonly wrong: string;
  /** What would be right, where the schema says it. */
  readonly allowed: string | null;
}

/** The name under which variables are reported; their values may hold passwords and are never repeated. */
export const ENVIRONMENT = 'environment';

/** Every issue that zod found, against the JSON Schema of the same file. */
export const problemsOf = (
  file: string,
  issues: readonly z.core.$ZodIssue[],
  schema: JsonSchema,
  value: unknown,
): SettingsProblem[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(file, [...issue.path, key], schema))
      : [
          {
            file,
            key: pathText(issue.path),
            ...explain(issue, schema, valueAt(value, issue.path), file === ENVIRONMENT),
          },
        ],
  );

export const formatProblem = ({ file, key, wrong, allowed }: SettingsProblem): string =>
  `  ${file}${key === '' ? '' : `, ${key}`}: ${wrong}${allowed === null ? '' : ` (allowed: ${allowed})`}`;

const unknownKey = (file: string, path: PropertyKey[], schema: JsonSchema): SettingsProblem => {
  const siblings = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
  return {
    file,
    key: pathText(path),
    wrong: 'is not a key of this file',
    allowed: siblings.length === 0 ? null : nearest(String(path.at(-1)), siblings),
  };
};

const explain = (issue: z.core.$ZodIssue, schema: JsonSchema, value: unknown, secret: boolean) => {
  const at = schemaAt(schema, issue.path);
  const allowed = at === null ? null : describeRange(at);
  if (value === undefined) return { wrong: 'is missing', allowed };
  if (issue.code === 'custom') return { wrong: issue.message, allowed: null };
  return { wrong: secret ? 'is not allowed' : `${shown(value)} is not allowed`, allowed };
};

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );

/** Names the keys that share most with a mistyped one first, since that is what was meant. */
const nearest = (mistyped: string, keys: readonly string[]): string => {
  const pairs = (word: string): Set<string> =>
    new Set([...word].slice(1).map((letter, index) => `${word[index]}${letter}`));
  const wanted = pairs(mistyped);
  const likeness = (key: string): number => [...pairs(key)].filter((pair) => wanted.has(pair)).length;
  return (
    [...keys]
      .sort((one, other) => likeness(other) - likeness(one))
      .slice(0, 6)
      .join(', ') + (keys.length > 6 ? ', …' : '')
  );
};
