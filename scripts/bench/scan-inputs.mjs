// Files for scripts/bench/scan.mjs, made of what the tests hold to be honest: the same at every run.

/** Whole pieces, as many as make so many lines. */
export function linesOf(pieces, count) {
  const lines = [];
  for (let i = 0; lines.length < count; i++) lines.push(...renamed(pieces[i % pieces.length], i).split('\n'));
  return `${lines.join('\n')}\n${ENTRY}`;
}

/** Pieces until the file is full, each with names of its own for what it defines; the entry comes last. */
export function honestFile(pieces, entry, bytes) {
  const parts = [];
  let left = bytes - Buffer.byteLength(entry);
  for (let i = 0; ; i++) {
    const part = `${renamed(pieces[i % pieces.length], i)}\n\n`;
    left -= Buffer.byteLength(part);
    if (left < 0) return [...parts, entry].join('');
    parts.push(part);
  }
}

/** Nothing but names that are assigned to each other, in several forms. */
export function denseFile(bytes) {
  let text = ENTRY;
  for (let i = 0; ; i++) {
    const [a, b] = [i % 5000, (i * 7 + 3) % 5000];
    const more = `v${a} = v${b}\nw${a}, (u${a}, *t${b}) = v${b}, (w${b}, u${b})\n`;
    if (text.length + more.length > bytes) return text;
    text += more;
  }
}

const ENTRY = 'def inner_steps(model, data_iterator, optimizer, num_steps, device):\n    return None\n';

/** What a piece binds at module level gets a number, so that a thousand pieces are one program. */
function renamed(piece, number) {
  const text = piece.replace(/^from __future__.*\n|^# .*coding.*\n/gm, '');
  const names = new Set(
    [...text.matchAll(/^(?:async )?(?:def|class) (\w+)|^(\w+) *(?::[^=\n]*)?= /gm)].map(
      ([, defined, assigned]) => defined ?? assigned,
    ),
  );
  if (names.size === 0) return text;
  // Not attributes, nor the letter before a string.
  const mentions = new RegExp(`(?<![.\\w])(?:${[...names].join('|')})\\b(?!['"])`, 'g');
  return text.replace(mentions, (name) => `${name}_${number}`);
}
