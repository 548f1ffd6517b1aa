import fc from 'fast-check';

/** Texts that are small to say and large to read: nests, chains, literals, names by the thousand. */
export const bombs = (): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...BOMBS), fc.nat(1000), fc.boolean()).map(([write, share, entry]) => {
    // Small ones mostly: what is near a limit matters as much as what is far beyond.
    const size = Math.ceil(2 * 100_000 ** (share / 1000));
    const text = write(size).slice(0, MAX_LENGTH);
    return entry ? `def inner_steps(a, b, c, d, e):\n    return None\n\n\n${text}\n` : `${text}\n`;
  });

/** A little more than what the scanner takes. */
const MAX_LENGTH = 520_000;

const lines = (size: number, line: (index: number) => string): string =>
  Array.from({ length: Math.min(size, 60_000) }, (_, index) => line(index)).join('\n');

const blocks = (size: number, head: string): string =>
  lines(Math.min(size, 900), (depth) => `${' '.repeat(depth)}${head}`).concat(
    `\n${' '.repeat(Math.min(size, 900))}x`,
  );

const around = (size: number, open: string, core: string, close: string): string =>
  open.repeat(size) + core + close.repeat(size);

const BOMBS: readonly ((size: number) => string)[] = [
  ...['()', '[]', '{}'].map(
    ([open = '', close = '']) =>
      (size: number) =>
        around(size, open, '1', close),
  ),
  ...['(', '[', '{', '"""', 'f"{', 'lambda: ', 'not ', '-', '*', 'a if b else ', 'x = ', 'await '].map(
    (head) => (size: number) => around(size, head, '1', ''),
  ),
  ...['.a', '()', '[0]', '+1', '<1', ' or a', ' if a else b', '**a', ', a', '; a', ' for a in b'].map(
    (tail) => (size: number) => around(size, '', 'a', tail.repeat(1)).concat(tail.repeat(size)),
  ),
  (size) => around(size, 'f"{', '1', '}"'),
  (size) => around(size, '(lambda a: ', 'a', ')(a)'),
  (size) => around(size, '[a for a in ', 'b', ']'),
  (size) => around(size, '(a := ', '1', ')'),
  (size) => around(size, 'f(*', 'a', ')'),
  (size) => around(size, 'a[', '0', ']'),
  (size) => blocks(size, 'if x:'),
  (size) => blocks(size, 'def f():'),
  (size) => blocks(size, 'class A:'),
  (size) => blocks(size, 'for x in x:'),
  (size) => blocks(size, 'with x as x:'),
  (size) => blocks(size, 'try:'),
  (size) => `${'@f\n'.repeat(size)}def g(): pass`,
  (size) => `match x:\n    case ${around(size, '[', 'a', ']')}: pass`,
  (size) => `match x:\n    case ${around(size, 'A(b=', 'a', ')')}: pass`,
  (size) => `match x:\n    case ${'1 | '.repeat(size)}2: pass`,
  (size) => `x = ${'9'.repeat(size)}`,
  (size) => `x = 0x${'f'.repeat(size)}`,
  (size) => `x = "${'a'.repeat(size)}"`,
  (size) => `x = ${'"a" '.repeat(size)}`,
  (size) => `x = {${'1: 2, '.repeat(size)}}`,
  (size) => `f(${'a=1, '.repeat(size)})`,
  (size) => `def f(${lines(size, (index) => `a${index}, `)}): pass`,
  (size) => `global ${lines(size, (index) => `a${index}, `).replaceAll('\n', '')}b`,
  (size) => lines(size, (index) => `a${index} = a${index + 1}`),
  (size) => lines(size, (index) => `a${index} = a${(index * 7919) % 1000}`),
  (size) => lines(size, (index) => `a = [a, b${index}, *a]`),
  (size) => lines(size, (index) => `def f${index}(a): return f${(index * 31) % 500}(f${(index * 17) % 500})`),
  (size) => lines(size, (index) => `f(lambda x: g(x, f))(a${index})`),
  (size) =>
    lines(size, (index) => `class A${index}(A${index ? index - 1 : 'x'}): a = A${(index * 7) % 400}.a`),
  (size) => lines(size, (index) => `x.a${index % 50} = x.a${(index * 3) % 50}.b`),
  (size) => lines(size, (index) => `a.append(b); b.append(a); c${index} = a[${index}]`),
  (size) => lines(size, (index) => `getattr(a, b${index})\nb${index + 1} = b${index} + "x"`),
  (size) => lines(size, () => 'def f(x): pass\nf(x=1)'),
  (size) => lines(size, () => 'class A(A):\n def f(s): s.f()'),
  (size) =>
    lines(
      size,
      (index) => `class B${index}(B${Math.max(index - 1, 0)}): pass\nclass A(B${index}): pass\nA().f(A)`,
    ),
  (size) =>
    `${lines(size, (index) => `class A${index}:\n def f(s, a): a.b`)}\n${lines(size, () => 'x.f(y)')}`,
  (size) =>
    lines(size, (index) => `class A(A${index ? '' : 'x'}):\n def f(self, o): super().f(o); o.b\nA(b).f(c)`),
  (size) =>
    `class A:\n${lines(size, (index) => ` a${index}: int`)}\n${lines(size, (index) => `A(1).a${index}.b`)}`,
  (size) =>
    `class A:\n${lines(size, (index) => ` def m${index}(self, o): self.x = o; self.x.m${(index * 7) % 300}(self)`)}`,
  (size) =>
    `class A:\n${lines(size, () => ' def __add__(s, o): o.a\n def __getitem__(s, o): o.a')}\n${lines(size, () => 'A() + A()[a]')}`,
  (size) =>
    `def f(*x, **y): x[0].b; y["b"].b\na = [${'b, '.repeat(size)}]\n${lines(size, () => 'f(*a, **a)')}`,
  (size) => `def f(a): a.b\n${lines(size, () => 'map(f, a); reduce(f, a, b); f = cache(f)')}`,
  (size) => lines(size, () => 'try: raise a(b)\nexcept c as b: b.args[0].d; a = b.value'),
  (size) => lines(size, () => 'def f():\n a = yield a\n a.b\n f().send(a)'),
  (size) => lines(size, (index) => `a = max(a, b${index}, c=a); a.c.d`),
  (size) => lines(size, (index) => `match a:\n case A(a, b${index}): a.b`),
  (size) => `x = f"${'{a}'.repeat(size)}"`,
  (size) => lines(size, () => 'x = f"{a!r:{b}}" f"{c=}"'),
  (size) => lines(size, (index) => `d["a${index}"] = d; d["a${index}"]["b"] = d["c${index}"]`),
  (size) => lines(size, (index) => `d${index + 1} = d${index}["a"]; d${index + 1}["b"] = d${index >> 1}`),
  (size) => lines(size, (index) => `a.h["k${index}"] = a.h; a.h["k${index}"]["z"] = a; b = a.h["k"].h`),
  (size) => lines(size, (index) => `d.update(e, k${index}=d); e.update(d); e.setdefault(d, d)`),
  (size) =>
    lines(size, (index) => `class B${index}(B${Math.min(index, 90) - 1}):\n def m(s): return super().m(s)`),
  (size) =>
    lines(size, (index) => `class A(B, A):\n def m${index}(s): type(s).m(super().m${index}(__class__))`),
  (size) => `class A:\n def __add__(s, o): return o\na = A()\n${lines(size, () => 'a = a + abs(a) * -a')}`,
  (size) => lines(size, () => 'for a in a.items(): a = {a: a}'),
  (size) => lines(size, () => 'for a in a: a.b(a)'),
  (size) => lines(size, () => 'a = "x"; getattr(b, a)'),
  (size) => `x = [${lines(size, () => '(eval := 1), eval,')}]`,
  (size) => lines(size, () => 'eval("1")'),
  (size) => lines(size, (index) => `import a.b${index}.c as d${index}`),
  (size) => '\\\n'.repeat(size),
  (size) => `#${'é'.repeat(size)}\n${'\f\n'.repeat(Math.min(size, 1000))}`,
  (size) => '\t '.repeat(size).concat('x'),
  (size) => '\r'.repeat(size),
];
