/**
 * What `--json` prints: one document, its keys in snake_case like those of the settings and of the evaluator.
 * Keys that are data and no names of ours (of a statistic, a GPU, a package) hold no small letter before a
 * capital one, so they stay as they are.
 */
export const toJson = (value: unknown, indent?: number): string =>
  JSON.stringify(withSnakeKeys(value), undefined, indent);

export const printJson = (value: unknown): void => {
  process.stdout.write(`${toJson(value, 2)}\n`);
};

/** One document on one line, for those who follow changes. */
export const printJsonLine = (value: unknown): void => {
  process.stdout.write(`${toJson(value)}\n`);
};

const withSnakeKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withSnakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), withSnakeKeys(inner)]),
  );
};

const snakeCase = (key: string): string =>
  key.replace(
    /([a-z0-9])([A-Z])/g,
    (_pair, before: string, after: string) => `${before}_${after.toLowerCase()}`,
  );
