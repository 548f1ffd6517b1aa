import assert from 'node:assert/strict';

import type { PythonParser } from '../../../lib/scan/scan-source.js';
import { scanSource } from '../../../lib/scan/scan-source.js';
import { loadPythonParser } from '../../support/python-parser.js';
import { completed, readFragments, type ScanFragment } from '../../support/scan-fragments.js';
import { HONEST_MUTATIONS, MUTATIONS, openProgram, type Program } from './mutations/index.js';
import { combined, variantsOf, type Variant } from './mutations/sample.js';

/**
 * What else may refuse an evasion that is said in other words, and when. Beside these, only the rule that finds the
 * evasion itself counts.
 */
const ALSO_RIGHT: readonly { rule: string; applies: (text: string, own: ReadonlySet<string>) => boolean }[] =
  [
    // `getattr` in any form but a plain call with a constant is refused as such, whatever it would have read.
    { rule: 'reflection', applies: (text) => text.includes('getattr') },
    // Whoever needs torch itself by another name is told so, and nothing beyond.
    { rule: 'torch_alias', applies: (_text, own) => !own.has('torch_alias') },
  ];

/** What could not be followed can be, once it is said otherwise: then the rule behind it speaks. */
const BOUND = 'too_tangled';

/** CRUSADES_MUTATIONS=all takes every variant there is, some 450,000; what it misses is shown as it comes. */
const ALL = process.env['CRUSADES_MUTATIONS'] === 'all';
const EVASIONS_PER_MUTATION = ALL ? Infinity : 28;
const HONEST_PER_MUTATION = ALL ? Infinity : 30;
const PAIRS = ALL ? 20_000 : 400;
const SHOWN = 20;

describe('the scanner, on the same in other words', function () {
  this.timeout(ALL ? 0 : 300_000);
  let parser: PythonParser;
  let evasions: readonly ScanFragment[];
  let variants: readonly Variant[];
  let ownRules: ReadonlyMap<ScanFragment, ReadonlySet<string>>;
  before(async () => {
    parser = await loadPythonParser();
    evasions = await readFragments('evasions');
    variants = variantsOf(evasions, MUTATIONS, open, EVASIONS_PER_MUTATION);
    ownRules = new Map(evasions.map((evasion) => [evasion, refusals(completed(evasion))]));
  });

  const open = (text: string): Program => openProgram(text, parser);

  const refusals = (text: string): ReadonlySet<string> =>
    new Set(
      scanSource(text, parser).findings.flatMap(({ rule, severity }) =>
        severity === 'reject' ? [rule] : [],
      ),
    );

  /** What goes unseen, or is refused for nothing of its own, in words. */
  const missOf = (variant: Variant): readonly string[] => {
    const { fragment, text } = variant;
    const found = refusals(text);
    const own = ownRules.get(fragment) ?? new Set();
    const other = ALSO_RIGHT.some(({ rule, applies }) => found.has(rule) && applies(text, own));
    const parses = !found.has('syntax_error');
    const right = found.has(fragment.rule) || other || (fragment.rule === BOUND && found.size > 0);
    return parses && right ? [] : [described(variant, found)];
  };

  const described = ({ fragment, mutations, text }: Variant, found: ReadonlySet<string>): string =>
    `${fragment.place} ${fragment.rule}: ${fragment.title}\n${mutations.join(', then ')}; ` +
    `found: ${[...found].join(', ') || 'nothing'}\n${text}`;

  /** The faults of all, with progress where that takes minutes. */
  const faultsOf = (
    of: readonly Variant[],
    faultOf: (variant: Variant) => readonly string[],
  ): readonly string[] => {
    const faults: string[] = [];
    of.forEach((variant, index) => {
      const found = faultOf(variant);
      faults.push(...found);
      if (!ALL) return;
      for (const fault of found) console.error(`${fault}\n`);
      if ((index + 1) % 10_000 === 0) console.error(`${index + 1} of ${of.length}, ${faults.length} faults`);
    });
    return faults;
  };

  const assertNone = (faults: readonly string[]): void => {
    if (faults.length > 0) assert.fail(`${faults.length} in all\n\n${faults.slice(0, SHOWN).join('\n\n')}`);
  };

  it('finds an evasion by its rule, however it is written', () => {
    assert.ok(variants.length >= 4000, `${variants.length} variants`);
    assertNone(faultsOf(variants, missOf));
  });

  it('finds it when it is rewritten twice', () => {
    const twice = combined(variants, MUTATIONS, open, PAIRS);
    assert.ok(twice.length >= PAIRS / 2, `${twice.length} variants`);
    assertNone(faultsOf(twice, missOf));
  });

  it('refuses nothing honest, however it is written', async () => {
    const honest = await readFragments('honest-fragments');
    const once = variantsOf(honest, HONEST_MUTATIONS, open, HONEST_PER_MUTATION);
    const twice = combined(once, HONEST_MUTATIONS, open, PAIRS / 2);
    const alarms = faultsOf([...once, ...twice], (variant) => {
      const found = refusals(variant.text);
      return found.size === 0 ? [] : [described(variant, found)];
    });
    assert.ok(once.length >= 300, `${once.length} variants`);
    assertNone(alarms);
  });

  it('knows every mutation by a name of its own, and each has something to change', () => {
    const names = MUTATIONS.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
    const used = new Set(variants.flatMap(({ mutations }) => mutations));
    assert.deepEqual(
      names.filter((name) => !used.has(name)),
      [],
    );
  });
});
