import fc from 'fast-check';

/** Files that were right before somebody's cat walked over the keyboard. */
export const mangledFiles = (corpus: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...corpus), fc.array(change, { minLength: 1, maxLength: 30 }))
    .map(([text, changes]) => {
      let tokens: readonly string[] = text.match(TOKEN) ?? [];
      for (const make of changes) tokens = make(tokens);
      return tokens.join('');
    });

/** The same with bytes; what is no UTF-8 any more comes out as U+FFFD, as it does where files are read. */
export const mangledBytes = (corpus: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...corpus),
      fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(3)), {
        minLength: 1,
        maxLength: 20,
      }),
    )
    .map(([text, changes]) => {
      let bytes = Buffer.from(text);
      for (const [place, added, left] of changes) {
        const at = place % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + left)]);
      }
      return bytes.toString();
    });

/** Bytes that never were a file, and texts of any characters there are, halves of pairs among them. */
export const noise = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString()),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.nat(0xffff), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 120 }).map((pieces) => pieces.join('')),
  );

/** What Python's tokenizer has to decide about. */
const PIECES = [
  ...[
    '\\',
    '"',
    "'",
    '"""',
    "'''",
    'f"',
    "f'{",
    '{',
    '}',
    '{{',
    '}}',
    '(',
    ')',
    '[',
    ']',
    '\n',
    '\t',
    '\f',
    '\r',
    '\0',
  ],
  ...[
    ' ',
    '    ',
    '\n    ',
    ':',
    ':=',
    '=',
    '==',
    '!',
    ',',
    ';',
    '@',
    '->',
    '...',
    '#',
    '*',
    '**',
    '.',
    '1_',
    '0x',
    '1e',
  ],
  ...'def class lambda if else for in import from as match case async await yield é ﬁ a b'.split(' '),
];

const TOKEN = /\s+|[\p{ID_Continue}]+|"""|'''|[^\s\p{ID_Continue}]/gu;

type Change = (tokens: readonly string[]) => readonly string[];

const at = (place: number, tokens: readonly string[]): number => place % Math.max(tokens.length, 1);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]): Change => (tokens) => {
    const changed = [...tokens];
    const [i, j] = [at(a, tokens), at(b, tokens)];
    [changed[i], changed[j]] = [tokens[j] ?? '', tokens[i] ?? ''];
    return changed;
  }),
  fc.tuple(fc.nat(), fc.nat(6)).map(
    ([place, count]): Change =>
      (tokens) =>
        tokens.toSpliced(at(place, tokens), count),
  ),
  fc.tuple(fc.nat(), fc.nat(40), fc.nat()).map(([from, count, place]): Change => (tokens) => {
    const start = at(from, tokens);
    return tokens.toSpliced(at(place, tokens), 0, ...tokens.slice(start, start + count));
  }),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom(...'( ) [ ] { } : = . , \\ " * ** @ lambda yield await global nonlocal'.split(' ')),
    )
    .map(
      ([place, token]): Change =>
        (tokens) =>
          tokens.toSpliced(at(place, tokens), 0, token),
    ),
);
