import assert from 'node:assert/strict';

import { CrusadesError } from '../../../lib/errors/index.js';
import { createScanner, POLICY, type Scanner } from '../../../lib/scan/index.js';
import { ENTRY } from '../../../lib/scan/rules/index.js';

const times = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('');

/** As much as a file may have, in whole lines. */
const full = (line: (index: number) => string): string => {
  let text = ENTRY;
  for (let index = 0; ; index += 1) {
    const more = line(index);
    if (text.length + more.length > POLICY.maxBytes) return text;
    text += more;
  }
};

/** Hands a module to a function that may give it back. */
const HANDED_AROUND = 'import math\n\nx = max([math], key=id)\n';

/** Each once got past a bound that ended the search in silence. */
const evasions: Record<string, { readonly rule: string; readonly code: string }> = {
  'a name after a thousand others': {
    rule: 'optimizer_internals',
    code: `def f(optimizer):\n    a0 = optimizer\n${times(1000, (i) => `    a${i + 1} = a${i}\n`)}    a1000.state.clear()\n`,
  },
  'a name beside a thousand others': {
    rule: 'optimizer_internals',
    code: `def f(optimizer):\n${times(1000, (i) => `    a = b${i}()\n`)}    a = optimizer\n${times(1000, (i) => `    a = c${i}()\n`)}    a.state.clear()\n`,
  },
  'ten classes that inherit from each other': {
    rule: 'optimizer_internals',
    code: `class A0:\n    held = None\n${times(10, (i) => `class A${i + 1}(A${i}):\n    pass\n`)}def f(optimizer):\n    A0.held = optimizer\n    A10().held.state.clear()\n`,
  },
  'two hundred classes that inherit from each other': {
    rule: 'too_tangled',
    code: `class A0:\n    held = None\n${times(200, (i) => `class A${i + 1}(A${i}):\n    pass\n`)}def f(optimizer):\n    A0.held = optimizer\n    A200().held.state.clear()\n`,
  },
  'ten lists in each other': {
    rule: 'optimizer_internals',
    code: `def f(optimizer):\n    held = ${'['.repeat(10)}optimizer${']'.repeat(10)}\n    held${'[0]'.repeat(10)}.state.clear()\n`,
  },
  'ten lists in each other, one after the other': {
    rule: 'optimizer_internals',
    code: `def f(optimizer):\n    a0 = optimizer\n${times(10, (i) => `    a${i + 1} = [a${i}]\n`)}    b0 = a10\n${times(10, (i) => `    b${i + 1} = b${i}[0]\n`)}    b10.state.clear()\n`,
  },
  'one of three hundred keys': {
    rule: 'optimizer_internals',
    code: `def f(optimizer):\n    held = {${times(300, (i) => `"k${i}": ${i}, `)}"o": optimizer}\n${times(300, (i) => `    print(held["k${i}"])\n`)}    held["o"].state.clear()\n`,
  },
  'sixty functions that hand it on': {
    rule: 'optimizer_internals',
    code: `def g0(x):\n    return x\n${times(60, (i) => `def g${i + 1}(x):\n    return g${i}(x)\n`)}def f(optimizer):\n    g60(optimizer).state.clear()\n`,
  },
  'a module under a name that goes round in a circle': {
    rule: 'forbidden_module',
    code: `import torch.utils as a\n${times(30, (i) => `b${i} = a\n`)}a = b29\nx = a.data\nx = x\ny = x.os\n`,
  },
  'one of a thousand warnings': {
    rule: 'forbidden_module',
    code: `def f(model):\n${'    model.eval()\n'.repeat(1500)}\nimport os\n`,
  },
  'one of two thousand imported things': {
    rule: 'too_tangled',
    code: `import torch.nn as nn\n\nx = None\n${times(2000, (i) => `x = nn.a${i}\n`)}x.b()\n`,
  },
  'a module that a large file hands around': {
    rule: 'too_tangled',
    code: `${HANDED_AROUND}${'y = 1\n'.repeat(9000)}`,
  },
  'one of five hundred texts': {
    rule: 'too_tangled',
    code: `P = "a"\n${times(500, (i) => `P = "a${i}"\n`)}(P + "{0.__globals__}").format(print)\n`,
  },
};

/** Each took longer than a scan may, though there is nothing to it: the square of a depth, or every way through a circle. */
const entangled: Record<string, string> = {
  'a container that is kept under thousands of its own keys': `class A:\n    def __init__(self):\n        self.h = {}\n\n\na = A()\n${times(4000, (i) => `a.h["k${i}"] = a.h\na.h["k${i}"]["z"] = a\nb${i} = a.h["k${i}"].h\n`)}`,
  'a chain of thirty thousand brackets': `x = a${'[0]'.repeat(30_000)}`,
  'sixty classes of one name that inherit from it': times(60, () => 'class A(A):\n def f(s): s.f()\n'),
  'a class of six thousand fields that are all read': `from dataclasses import dataclass\n@dataclass\nclass A:\n${times(6000, (i) => ` a${i}: int\n`)}x = A(1)\n${times(6000, (i) => `x.a${i}.b\n`)}`,
  'an annotation of lists that hold each other': `${times(60, (i) => `a${i} = [${times(7, (j) => `a${(i * 7 + j * 11) % 60}, `)}${i}]\n`)}def f(x: a1) -> a2:\n    return x`,
};

/** A name that is bound as often as it is mentioned: each mention may mean each binding. */
const meanings: Record<string, string> = {
  'lists that hold the ones before': times(8000, (i) => `a = [a, b${i}, *a]\n`),
  'functions of one name that are called by keyword': times(3000, () => 'def f(x): pass\nf(x=1)\n'),
  'methods of classes of one name': times(3000, () => 'class A(A):\n def f(s): s.f()\n'),
  'a builtin that is bound and read in one statement': `x = [${times(5000, () => '(eval := 1), eval, ')}]\n`,
  'a text that is one of many assigned': times(3000, () => 'a = "x"\ngetattr(b, a)\n'),
};

/** Each call of many reaches many functions, or hands on many values: their product took all time or memory. */
const crowds: Record<string, { readonly rule: string; readonly code: string }> = {
  'classes of one name at the end of a long lineage': {
    rule: 'too_tangled',
    code: `${times(98, (i) => `class B${i}(B${Math.max(i - 1, 0)}): pass\n`)}${times(700, () => 'class A(B97): pass\n')}${times(2600, () => 'A().f()\n')}`,
  },
  'methods of one name that are called on anything': {
    rule: 'too_tangled',
    code: `${times(2500, (i) => `class A${i}:\n def f(s, a): a.b\n`)}${times(2500, () => 'x.f(y)\n')}`,
  },
  'super() in thousands of classes below a long lineage': {
    rule: 'too_tangled',
    code: `class B0:\n    def m(self): return self\n${times(4000, (i) => `class B${i + 1}(B${Math.min(i, 89)}):\n    def m(self): return super().m()\n`)}`,
  },
  'dictionaries that update each other': {
    rule: 'too_tangled',
    code: times(7000, (i) => `d.update(e, k${i}=d); e.update(d); e.setdefault(d, d)\n`),
  },
  'a list that is unpacked into thousands of calls': {
    rule: 'too_tangled',
    code: `def f(*x): x[0].b\na = [${times(9000, (i) => `b${i},`)}]\n${times(9000, () => 'f(*a)\n')}`,
  },
  'a dictionary that is unpacked into thousands of calls': {
    rule: 'too_tangled',
    code: `def f(**x): x["b0"].b\na = {${times(9000, (i) => `"b${i}": c${i},`)}}\n${times(9000, () => 'f(**a)\n')}`,
  },
  'braces in formatted strings': {
    rule: 'source_braces',
    code: times(150, () => `f"${'{a}'.repeat(1000)}"\n`),
  },
};

/** Large files of one shape each; `scanner.test.ts` has the plainer ones. */
const bombs: Record<string, string> = {
  brackets: full(() => '['.repeat(1000)),
  lambdas: `${ENTRY}x = ${'lambda:'.repeat(70_000)}0\n`,
  'a hexadecimal integer': `${ENTRY}x = 0x${'f'.repeat(400_000)}\n`,
  'names that are assigned to each other': full((i) => `a${i % 9999}=a${(i * 7 + 1) % 9999}\n`),
  'functions that call each other': full((i) => `def f${i}(x):\n return f${i >> 1}(f${i - 1}(x))\n`),
  'findings in one line': `${ENTRY}x=[${'eval,'.repeat(90_000)}]\n`,
};

/** Seconds: shorter than a validator's, since most of these use all that they get. */
const HASTE = 1;

describe('the bounds of a scan', function () {
  this.timeout(120_000);
  let scanner: Scanner;
  before(() => {
    scanner = createScanner();
  });
  after(() => scanner.close());

  for (const [what, { rule, code }] of Object.entries(evasions)) {
    it(`hide nothing behind ${what}`, async () => {
      const { ok, findings } = await scanner.scan(`${code}\n\n${ENTRY}`);
      assert.equal(ok, false);
      assert.ok(
        findings.some((finding) => finding.rule === rule),
        `found: ${[...new Set(findings.map((finding) => finding.rule))].join(', ')}`,
      );
    });
  }

  it('give up on what leads everywhere long before time is up', async () => {
    const { findings } = await scanner.scan(
      `${ENTRY}${times(10_000, (i) => `x.a${i % 50} = x.a${(i * 3) % 50}.b\n`)}`,
    );
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['too_tangled'],
      'named once',
    );
  });

  for (const [what, code] of Object.entries(entangled)) {
    it(`judge ${what}`, async () => {
      const { ok, findings } = await scanner.scan(`${code}\n\n${ENTRY}`);
      assert.equal(ok, true, JSON.stringify(findings.slice(0, 3)));
    });
  }

  for (const [what, code] of Object.entries(meanings)) {
    it(`give up on ${what} before anything is followed`, async () => {
      assert.equal((await scanner.scan(`${code}\n\n${ENTRY}`)).ok, false);
    });
  }

  for (const [what, { rule, code }] of Object.entries(crowds)) {
    it(`give up on ${what} long before time is up`, async () => {
      const { findings } = await scanner.scan(`${code}\n\n${ENTRY}`);
      assert.ok(
        findings.some((finding) => finding.rule === rule),
        findings.map((finding) => finding.rule).join(', '),
      );
    });
  }

  it('let a large file have thousands of braces beside formatted strings', async () => {
    const table = times(
      6000,
      (i) => `  {"block": ${i}, "warps": 4, "stages": 2, "kernel": "matmul_${i}"},\n`,
    );
    const { ok } = await scanner.scan(`print(f"{1}")\nTABLE = [\n${table}]\n${ENTRY}`);
    assert.equal(ok, true);
  });

  it('let a file import a module twelve hundred times', async () => {
    const { ok } = await scanner.scan(`${times(1200, () => 'import torch\ntorch.ones(1)\n')}${ENTRY}`);
    assert.equal(ok, true);
  });

  it('let a file of ordinary size hand modules around', async () => {
    const { ok } = await scanner.scan(`${HANDED_AROUND}${'y = 1\n'.repeat(900)}\n\n${ENTRY}`);
    assert.equal(ok, true);
  });

  it('say that findings were left out, and keep those that refuse', async () => {
    const { findings } = await scanner.scan(`${ENTRY}${'eval\n'.repeat(1500)}`);
    assert.equal(findings.length, POLICY.maxFindings + 1);
    assert.deepEqual(
      [findings.at(-1)?.rule, findings.at(-1)?.severity, findings.at(-2)?.rule],
      ['findings_left_out', 'warn', 'dynamic_code'],
    );
  });

  it('say nothing of the kind about exactly as many as there may be', async () => {
    const { findings } = await scanner.scan(`${ENTRY}${'eval\n'.repeat(POLICY.maxFindings)}`);
    assert.deepEqual([...new Set(findings.map(({ rule }) => rule))], ['dynamic_code']);
  });

  describe('that a bomb runs into', () => {
    let hasty: Scanner;
    before(() => {
      hasty = createScanner({ scanSeconds: HASTE });
    });
    after(() => hasty.close());

    for (const [what, text] of Object.entries(bombs)) {
      it(`end ${what} in a report or a code that names the reason in one line, and serve the next file`, async () => {
        assert.ok(Buffer.byteLength(text) <= POLICY.maxBytes);
        const outcome = await hasty.scan(text).catch((error: unknown) => error);
        if (outcome instanceof Error) {
          assert.ok(outcome instanceof CrusadesError, String(outcome));
          assert.equal(outcome.code, 'scan_resource_limit');
          assert.equal(outcome.message.split('\n').length, 1, outcome.message);
        }
        assert.equal((await hasty.scan(ENTRY)).ok, true);
      });
    }
  });
});
