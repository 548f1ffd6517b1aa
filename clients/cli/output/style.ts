import picocolors from 'picocolors';

export type Style = ReturnType<typeof picocolors.createColors>;

/** Colours of a stream: none when it is no terminal, or NO_COLOR is set, unless FORCE_COLOR asks for them. */
export const styleFor = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Style => picocolors.createColors(wantsColour(stream, env));

export const wantsColour = (
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean => {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR']) return env['FORCE_COLOR'] !== '0';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
};

/** What tests and files get. */
export const PLAIN: Style = picocolors.createColors(false);
