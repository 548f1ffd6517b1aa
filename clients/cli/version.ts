import { existsSync, readFileSync } from 'node:fs';

/** Version of the program, from its package.json: two folders up from the sources, three from `dist`. */
export const version = (): string => {
  const places = ['../../package.json', '../../../package.json'].map(
    (place) => new URL(place, import.meta.url),
  );
  const file = places.find((place) => existsSync(place));
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : 'unknown';
};
