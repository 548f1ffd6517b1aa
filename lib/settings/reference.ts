import { readFileSync } from 'node:fs';

import type { z } from 'zod';

import { hparamsSchema } from '../../hparams/schema.js';
import { environmentSchema } from './environment.js';
import { describeRange, jsonSchemaOf, type JsonSchema } from './json-schema.js';
import { packaged } from './load.js';
import { temporalSchema } from './temporal-schema.js';

/** Text of docs/reference/settings.md. */
export const settingsReference = (): string => {
  const hparams = readJson('hparams/hparams.json');
  const local = readJson('hparams/local.json');
  return [
    '# Settings',
    'Made from the schemas by `npm run docs`. Unknown keys and values out of range are refused when the program ' +
      'starts, all problems of all files at once.',
    '## hparams/hparams.json and hparams/local.json',
    'The competition. `hparams.json` is for production, `local.json` for a machine without a GPU ' +
      '(`CRUSADES_HPARAMS` chooses another file). What is in force when a submission starts is frozen into it. ' +
      'JSON Schema: [hparams.schema.json](hparams.schema.json).',
    table(
      ['Key', 'Meaning', 'Allowed', 'Production', 'Local'],
      leaves(jsonSchemaOf(hparamsSchema)).map(({ path, schema }) => [
        code(path.join('.')),
        schema.description ?? '',
        describeRange(schema),
        shown(valueAt(hparams, path)),
        shown(valueAt(local, path)),
      ]),
    ),
    '## temporal.yaml',
    'How Temporal is used (`CRUSADES_TEMPORAL_SETTINGS` chooses another file). ' +
      'JSON Schema: [temporal.schema.json](temporal.schema.json).',
    table(
      ['Key', 'Meaning', 'Allowed'],
      leaves(jsonSchemaOf(temporalSchema)).map(({ path, schema, optional }) => [
        code(path.join('.')),
        schema.description ?? '',
        describeRange(schema) + (optional ? '; may be left out' : ''),
      ]),
    ),
    `Activities: ${activityNames().map(code).join(', ')}.`,
    '## Environment',
    'Secrets and what differs from host to host. An empty value counts as not set.',
    table(
      ['Variable', 'Meaning', 'Allowed'],
      leaves(jsonSchemaOf(environmentSchema)).map(({ path, schema }) => [
        code(path.join('.')),
        schema.description ?? '',
        describeRange(schema),
      ]),
    ),
    '',
  ].join('\n\n');
};

/** Text of docs/reference/hparams.schema.json. */
export const hparamsJsonSchema = (): string => jsonSchemaText(hparamsSchema);

/** Text of docs/reference/temporal.schema.json. */
export const temporalJsonSchema = (): string => jsonSchemaText(temporalSchema);

interface Leaf {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  readonly optional: boolean;
}

/** Every key with a value of its own; the keys of a record stand as `<name>`. */
const leaves = (schema: JsonSchema, path: readonly string[] = [], optional = false): Leaf[] => {
  if (schema.properties !== undefined) {
    const required = schema.required ?? [];
    return Object.entries(schema.properties).flatMap(([key, inner]) =>
      leaves(inner, [...path, key], !required.includes(key)),
    );
  }
  const values = schema.additionalProperties;
  if (typeof values === 'object' && values.properties !== undefined)
    return leaves(values, [...path, '<name>']);
  return [{ path, schema, optional }];
};

const activityNames = (): readonly string[] => {
  const activities = jsonSchemaOf(temporalSchema).properties?.['activities'];
  return activities?.propertyNames?.enum ?? [];
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

const code = (text: string): string => `\`${text}\``;

const shown = (value: unknown): string => (value === undefined ? '' : code(JSON.stringify(value)));

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );

const readJson = (path: string): unknown => JSON.parse(readFileSync(packaged(path), 'utf8')) as unknown;

const jsonSchemaText = (schema: z.ZodType): string => JSON.stringify(jsonSchemaOf(schema), null, 2);
