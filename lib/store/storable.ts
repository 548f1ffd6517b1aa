/** Text and JSON from outside, made fit for Postgres: neither NUL nor half a surrogate pair can be stored. */

const REPLACEMENT = '\uFFFD';
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

export const toText = (text: string): string => text.replace(UNSTORABLE, REPLACEMENT);

/** JSON for a jsonb column. Given as text, because the driver takes a list for a Postgres array. */
export const toJsonb = (value: object): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? toText(inner) : inner));

export const toNullableJsonb = (value: object | null): string | null =>
  value === null ? null : toJsonb(value);
