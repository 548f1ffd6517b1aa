/** The end of a command's help: how it is called, and what the calls mean. */
export const examples = (calls: readonly (readonly [call: string, meaning: string])[]): string =>
  ['', 'Examples:', ...calls.flatMap(([call, meaning]) => [`  $ crusades ${call}`, `      ${meaning}`])].join(
    '\n',
  );
