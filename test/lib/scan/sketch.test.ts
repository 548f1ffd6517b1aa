import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { createScanner, type Scanner } from '../../../lib/scan/index.js';
import {
  createSketcher,
  hashOfToken,
  NEAR_DUPLICATE,
  nearestOf,
  similarityOf,
} from '../../../lib/scan/sketch.js';

const sketchOf = (tokens: readonly string[]): string => {
  const sketcher = createSketcher();
  for (const token of tokens) sketcher.add(hashOfToken(token));
  return sketcher.finish();
};

const similarity = (one: readonly string[], other: readonly string[]): number =>
  similarityOf(sketchOf(one), sketchOf(other)) ?? -1;

/** Tokens that do not repeat, as many as a file of some hundred lines has. */
const words = (length: number, from = 0): string[] =>
  Array.from({ length }, (_, index) => `token ${from + index}`);

describe('a sketch', () => {
  const tokens = fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 400 });

  it('is the same for the same tokens, has most in common with itself, and stays below 700 characters', () => {
    fc.assert(
      fc.property(tokens, (list) => {
        assert.equal(sketchOf(list), sketchOf([...list]));
        assert.equal(similarity(list, list), 1);
        assert.ok(sketchOf(list).length < 700);
      }),
    );
  });

  it('has with another as much in common as that one with it, from 0 to 1', () => {
    fc.assert(
      fc.property(tokens, tokens, (one, other) => {
        const figure = similarity(one, other);
        assert.ok(figure >= 0 && figure <= 1);
        assert.equal(similarity(other, one), figure);
      }),
    );
  });

  it('barely changes with one token of a thousand, wherever that stands', () => {
    const list = words(1000);
    fc.assert(
      fc.property(fc.nat({ max: 999 }), (index) => {
        const changed = list.with(index, 'another');
        assert.ok(similarity(list, changed) > 0.85);
        assert.ok(similarity(list, list.toSpliced(index, 1)) > 0.85);
        assert.ok(similarity(list, list.toSpliced(index, 0, 'one', 'more')) > 0.85);
      }),
    );
  });

  it('has nothing in common with other tokens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3000 }), (one, other) => {
        assert.ok(similarity(words(one), words(other, 10_000)) < 0.02);
      }),
    );
  });

  it('estimates the share of what stands in both', () => {
    for (const share of [0.25, 0.5, 0.75]) {
      // Two lists of 2,000 with `both` of them at the start of each: together 4,000 - both.
      const both = Math.round((4000 * share) / (1 + share));
      const figure = similarity(
        [...words(both), ...words(2000 - both, 10_000)],
        [...words(both), ...words(2000 - both, 20_000)],
      );
      // Three standard deviations of 128 hashes.
      assert.ok(Math.abs(figure - share) < 3 * Math.sqrt((share * (1 - share)) / 128), `${share}: ${figure}`);
    }
  });

  it('stays what it was when code was stored, or its version is raised', () => {
    assert.equal(sketchOf(['Module', 'Name', 'id=#', 'Call']), '1:V55JuQ==');
    assert.equal(sketchOf(Array.from({ length: 14 }, (_, index) => `token ${index}`)), '1:O3eKhuFaN+roTzVN');
  });

  it('is compared with no sketch of another kind', () => {
    const sketch = sketchOf(words(50));
    for (const other of ['', '1:', sketch.replace(/^1:/, '2:')]) {
      assert.equal(similarityOf(sketch, other), null);
      assert.equal(similarityOf(other, sketch), null);
    }
  });
});

describe('the nearest of several', () => {
  const candidate = (name: string, list: readonly string[]) => ({ name, sketch: sketchOf(list) });

  it('has most in common, and is the first of equal ones', () => {
    const near = [...words(180), ...words(20, 500)];
    const found = nearestOf(sketchOf(words(200)), [
      candidate('far', words(200, 900)),
      candidate('near', near),
      candidate('as near', near),
      { name: 'of another version', sketch: sketchOf(words(200)).replace(/^1:/, '2:') },
    ]);
    assert.equal(found?.candidate.name, 'near');
    assert.ok(found.similarity > 0.6 && found.similarity < 1);
  });

  it('is none where there is nothing to compare', () => {
    assert.equal(nearestOf(sketchOf(words(9)), []), null);
    assert.equal(nearestOf('', [candidate('any', words(9))]), null);
  });
});

describe('the sketches of programs', function () {
  this.timeout(120_000);
  let scanner: Scanner;
  before(() => {
    scanner = createScanner();
  });
  after(() => scanner.close());

  const FOLDER = 'test/honest';
  const programs = readdirSync(FOLDER).filter((name) => name.endsWith('.py'));
  const textOf = (name: string): string => readFileSync(`${FOLDER}/${name}`, 'utf8');
  const compare = async (one: string, other: string): Promise<number | null> => {
    const [a, b] = [await scanner.scan(one), await scanner.scan(other)];
    return similarityOf(a.sketch, b.sketch);
  };

  /** A program of a hundred lines. */
  const LINES = Array.from(
    { length: 97 },
    (_, index) => `    x${index} = torch.relu(model.w${index}) + ${index}`,
  );
  const program = (lines: readonly string[] = LINES): string =>
    ['import torch', '', 'def inner_steps(model, data_iterator, optimizer, num_steps, device):']
      .concat(lines)
      .join('\n');

  it('do not see names, comments, formatting and docstrings', async () => {
    const renamed = program()
      .replaceAll('x', 'value_')
      .replaceAll('model', 'network')
      .replace('import torch', 'import torch  # mine')
      .replace('device):', 'device):\n    """Mine."""')
      .replaceAll(' + ', '  +  ');
    assert.equal(await compare(program(), `# by me\n\n${renamed}\n# end\n`), 1);
  });

  it('do not see that an added variable comes before all others', async () => {
    const added = program().replace('import torch', 'import torch\nmine = 1');
    assert.ok(((await compare(program(), added)) ?? 0) > 0.95);
  });

  it('see one changed line of a hundred as a near-duplicate', async () => {
    const changed = program(LINES.with(50, '    y = torch.exp(model.other * 3 - 1)'));
    const figure = (await compare(program(), changed)) ?? 0;
    assert.ok(figure > 0.95 && figure < 1, String(figure));
  });

  it('tell programs apart that do the same work in other ways', async () => {
    const sketches: { name: string; sketch: string }[] = [];
    for (const name of programs) sketches.push({ name, sketch: (await scanner.scan(textOf(name))).sketch });
    const near = sketches.flatMap(({ name, sketch }, index) =>
      sketches
        .slice(index + 1)
        .filter((other) => (similarityOf(sketch, other.sketch) ?? 0) >= NEAR_DUPLICATE)
        .map((other) => `${name} ${other.name}`),
    );
    // These two differ in the name of one kernel.
    assert.deepEqual(near, ['cudnn_attention.py flash_attention.py']);
  });

  it('are empty for what does not parse', async () => {
    assert.equal((await scanner.scan('def (:\n')).sketch, '');
  });
});
