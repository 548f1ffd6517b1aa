/**
 * Control characters, invisible and direction-changing ones, line separators: whatever makes a terminal do
 * something else than show text, or show another text than there is (Unicode categories Cc, Cf, Zl, Zp, Cs, Co).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** Text from elsewhere on one line, fit for a terminal: what cannot be shown is written as `\u{1b}`. */
export const printable = (text: string): string => text.replace(UNPRINTABLE, escaped);

/** The same for text of several lines: line feeds stay, tabs become spaces. */
export const printableLines = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => printable(line.replaceAll('\t', '    ')))
    .join('\n');

const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
