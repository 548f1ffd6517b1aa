import { z } from 'zod';

/** As much of JSON Schema as zod writes for our files. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: { readonly enum?: readonly string[]; readonly pattern?: string };
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** JSON Schema (2020-12) of what a file may hold. */
export const jsonSchemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;

/** The schema of the value at a path, or null where the schema has no such place. */
export const schemaAt = (schema: JsonSchema, path: readonly PropertyKey[]): JsonSchema | null =>
  path.reduce<JsonSchema | null>((inner, key) => (inner === null ? null : child(inner, key)), schema);

const child = (schema: JsonSchema, key: PropertyKey): JsonSchema | null => {
  const own = schema.properties?.[String(key)];
  if (own !== undefined) return own;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  if (schema.items !== undefined) return schema.items;
  return schema.anyOf?.map((option) => child(option, key)).find((found) => found !== null) ?? null;
};

/** What a value may be, in words: `whole number, 0 to 65535`. */
export const describeRange = (schema: JsonSchema): string => {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describeRange).join(', or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => String(value)).join(', ');
  switch (schema.type) {
    case 'integer':
      return withRange('whole number', schema);
    case 'number':
      return withRange('number', schema);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'string':
      return describeText(schema);
    case 'array':
      return `list of ${schema.minItems ?? 0} to ${schema.maxItems ?? 'many'}: ${describeRange(schema.items ?? {})}`;
    case 'object':
      return schema.properties === undefined && typeof schema.additionalProperties === 'object'
        ? `record; each value: ${describeRange(schema.additionalProperties)}`
        : 'group of keys';
    default:
      return 'any value';
  }
};

const withRange = (noun: string, schema: JsonSchema): string => {
  const low =
    schema.exclusiveMinimum === undefined
      ? schema.minimum === undefined
        ? null
        : `at least ${schema.minimum}`
      : `above ${schema.exclusiveMinimum}`;
  const high =
    schema.exclusiveMaximum === undefined
      ? schema.maximum === undefined
        ? null
        : `at most ${schema.maximum}`
      : `below ${schema.exclusiveMaximum}`;
  if (schema.minimum !== undefined && schema.maximum !== undefined) {
    return `${noun}, ${schema.minimum} to ${schema.maximum}`;
  }
  return [noun, [low, high].filter((bound) => bound !== null).join(', ')].filter(Boolean).join(', ');
};

const describeText = (schema: JsonSchema): string => {
  if (schema.examples !== undefined) return `text such as ${schema.examples.map(String).join(' or ')}`;
  if (schema.format === 'uri') return 'URL';
  if (schema.pattern !== undefined) return `text like ${schema.pattern}`;
  return schema.maxLength === undefined
    ? 'text'
    : `text of ${schema.minLength ?? 0} to ${schema.maxLength} characters`;
};
