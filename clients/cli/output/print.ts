/** Standard output, a line feed at the end. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Standard error: whatever is not the answer. */
export const note = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
