import { printable } from '../output/escape.js';

/** A progress line must not be wider than a terminal. */
const LENGTH = 50;

/** The end of a file's name, fit for a progress line. */
export const shortName = (name: string): string =>
  printable(name.length > LENGTH ? `…${name.slice(-LENGTH)}` : name);
