import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { CrusadesError } from '../../../lib/errors/index.js';
import { createScanner, POLICY, type Finding, type Scanner } from '../../../lib/scan/index.js';
import { ENTRY } from '../../../lib/scan/rules/index.js';

const find = (findings: readonly Finding[], rule: string): Finding => {
  const found = findings.find((finding) => finding.rule === rule);
  assert.ok(found, `${rule} is not among ${findings.map((finding) => finding.rule).join(', ')}`);
  return found;
};

/** Threads of this process beside its own, as Node itself counts them. */
const threads = (): number =>
  (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;

/** First in this file, while no other scanner's thread comes or goes. */
describe('a scanner that has nothing to do', function () {
  this.timeout(60_000);

  const idle = async (before: number): Promise<void> => {
    for (const deadline = Date.now() + 10_000; threads() > before; await sleep(50)) {
      assert.ok(Date.now() < deadline, 'the thread still runs');
    }
  };

  it('ends its thread, which holds CPython’s memory, and starts another one for the next file', async () => {
    const before = threads();
    const scanner = createScanner({ idleSeconds: 0.3 });
    try {
      for (const turn of [1, 2]) {
        assert.equal((await scanner.scan(ENTRY)).ok, true);
        assert.equal(threads(), before + 1, `one thread in turn ${turn}`);
        await idle(before);
      }
    } finally {
      await scanner.close();
    }
  });

  it('stays warm until its first file, however long that takes', async () => {
    const before = threads();
    const scanner = createScanner({ warm: true, idleSeconds: 0.1 });
    try {
      await sleep(500);
      assert.equal(threads(), before + 1);
      assert.equal((await scanner.scan(ENTRY)).ok, true);
      await idle(before);
    } finally {
      await scanner.close();
    }
  });

  it('is not idle while files wait', async () => {
    const scanner = createScanner({ idleSeconds: 0 });
    try {
      const reports = await Promise.all(
        [ENTRY, `${ENTRY}x = 1\n`, 'eval("1")\n'].map((text) => scanner.scan(text)),
      );
      assert.deepEqual(
        reports.map(({ ok }) => ok),
        [true, true, false],
      );
    } finally {
      await scanner.close();
    }
  });
});

/** Loading CPython takes seconds: all tests of this file share one. */
let scanner: Scanner;
const shareScanner = (context: Mocha.Suite): void => {
  context.timeout(60_000);
  before(() => {
    scanner ??= createScanner();
  });
};

describe('scan', function () {
  shareScanner(this);

  it('passes an honest file, with its hash and the policy that judged', async () => {
    const text = `import torch\nimport torch.nn.functional as F\n\n\n${ENTRY}`;
    const report = await scanner.scan(text);
    assert.deepEqual(
      { ok: report.ok, findings: report.findings, policy: report.policy, sha256: report.sha256 },
      {
        ok: true,
        findings: [],
        policy: POLICY.version,
        sha256: createHash('sha256').update(text).digest('hex'),
      },
    );
    assert.match(report.normalised, /^[0-9a-f]{64}$/);
  });

  it('reports all findings, in order of place', async () => {
    const report = await scanner.scan(`import os\nimport sys\n\n\n${ENTRY}\n\neval("1")\n`);
    assert.equal(report.ok, false);
    assert.deepEqual(
      report.findings.map(({ rule, line }) => [rule, line]),
      [
        ['forbidden_module', 1],
        ['forbidden_module', 2],
        ['dynamic_code', 9],
      ],
    );
  });

  it('names the place in lines and columns that an editor counts, also after wide characters', async () => {
    const report = await scanner.scan(`${ENTRY}x = ("ä🙂", eval)\n`);
    const { line, column, endLine, endColumn, text, reason, remedy } = find(report.findings, 'dynamic_code');
    assert.deepEqual([line, column, endLine, endColumn, text], [3, 13, 3, 17, 'eval']);
    assert.ok(reason.length > 10 && remedy.length > 10);
  });

  it('tells files apart by the constants that their patterns look for', async () => {
    const reports = await Promise.all(
      ['None', 'True', 'False'].map((constant) =>
        scanner.scan(`${ENTRY}match print:\n    case ${constant}:\n        x = 1\n`),
      ),
    );
    assert.deepEqual(
      reports.map(({ findings }) => findings),
      [[], [], []],
    );
    assert.equal(new Set(reports.map(({ normalised }) => normalised)).size, 3);
  });

  it('reports a syntax error where CPython sees it', async () => {
    const report = await scanner.scan(`${ENTRY}x = (1,\n`);
    const { line, column, reason } = find(report.findings, 'syntax_error');
    assert.deepEqual([report.ok, line, column], [false, 3, 5]);
    assert.match(reason, /never closed/);
    assert.equal(report.normalised, '');
  });

  for (const text of ['x = t"a"\n', 'try:\n    pass\nexcept A, B:\n    pass\n']) {
    it(`refuses syntax that the evaluator’s Python does not know: ${JSON.stringify(text)}`, async () => {
      find((await scanner.scan(text + ENTRY)).findings, 'syntax_error');
    });
  }

  const encodings: Record<string, string> = {
    'a byte-order mark': `\ufeff${ENTRY}`,
    'a NUL': `${ENTRY}x = "\0"\n`,
    'half a character': `${ENTRY}x = "\ud800"\n`,
    'a coding cookie': `# -*- coding: latin-1 -*-\n${ENTRY}`,
    'a coding cookie in the second line': `#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n${ENTRY}`,
  };
  for (const [what, text] of Object.entries(encodings)) {
    it(`refuses ${what}`, async () => find((await scanner.scan(text)).findings, 'source_encoding'));
  }

  for (const cookie of ['# coding: utf-8', '# -*- coding: UTF8 -*-', '"""\n# coding: latin-1\n"""']) {
    it(`lets pass ${JSON.stringify(cookie)}`, async () => {
      assert.deepEqual((await scanner.scan(`${cookie}\n${ENTRY}`)).findings, []);
    });
  }

  it('refuses a file that is too large, counted in bytes', async () => {
    const filler = `# ${'ä'.repeat(POLICY.maxBytes / 2)}\n`;
    find((await scanner.scan(filler + ENTRY)).findings, 'source_size');
  });

  it('spares the body of the main guard, but not its else, a nested one or a look-alike', async () => {
    const guard = (head: string) => `${ENTRY}${head}:\n    import os\n`;
    for (const head of ['if __name__ == "__main__"', 'if "__main__" == __name__']) {
      assert.equal((await scanner.scan(guard(head))).ok, true, head);
    }
    for (const head of [
      'if __name__ != "__main__"',
      'if __name__ == "__main__" or True',
      'if __name__ == "main"',
      'if not __name__ == "__main__"',
      'if __name__ == "__main__" == __name__',
      'while __name__ == "__main__"',
      'if __name__ == "__main__":\n    pass\nelse',
      'if __name__ == "__main__":\n    pass\nelif True',
    ]) {
      assert.equal((await scanner.scan(guard(head))).ok, false, head);
    }
    const nested = `${ENTRY}if True:\n    if __name__ == "__main__":\n        import os\n`;
    assert.equal((await scanner.scan(nested)).ok, false);
  });

  it('takes identifiers as Python does, after NFKC', async () => {
    find((await scanner.scan(`${ENTRY}x = ｅｖａｌ\n`)).findings, 'dynamic_code');
  });

  const bombs: Record<string, string> = {
    parentheses: '('.repeat(100_000),
    'unary operators': `${'-'.repeat(100_000)}1`,
    attributes: `${'a.'.repeat(100_000)}b`,
    sums: `${'1+'.repeat(100_000)}1`,
    calls: `f${'()'.repeat(100_000)}`,
    literals: `x = [${'1,'.repeat(100_000)}]`,
    comparisons: `${'1<'.repeat(100_000)}1`,
    digits: `x = ${'9'.repeat(400_000)}`,
    'a long line': `x = "${'a'.repeat(450_000)}"`,
    'conditional expressions': `${'a if b else '.repeat(30_000)}c`,
    'nested f-strings': `${'f"{'.repeat(200)}1${'}"'.repeat(200)}`,
    findings: 'eval\n'.repeat(20_000),
  };
  for (const [what, text] of Object.entries(bombs)) {
    it(`ends a bomb of ${what} in a report or a code, and serves the next file`, async () => {
      const started = performance.now();
      const outcome = await scanner.scan(`${ENTRY}${text}\n`).catch((error: unknown) => error);
      assert.ok(performance.now() - started < 10_000);
      if (outcome instanceof Error) {
        assert.ok(outcome instanceof CrusadesError, String(outcome));
        assert.equal(outcome.code, 'scan_resource_limit');
      }
      assert.equal((await scanner.scan(ENTRY)).ok, true);
    });
  }

  it('gives a file up that takes longer than its time, and serves the next', async () => {
    const hasty = createScanner({ scanSeconds: 0.5 });
    try {
      const slow = hasty.scan(`x = [${'1,'.repeat(200_000)}]\n`);
      await assert.rejects(
        slow,
        (error) => error instanceof CrusadesError && /longer than/.test(error.message),
      );
      assert.equal((await hasty.scan(ENTRY)).ok, true);
    } finally {
      await hasty.close();
    }
  });

  it('answers many files that are asked for at once, each with its own report', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => `x = ${index}\n${ENTRY}`);
    const reports = await Promise.all(texts.map((text) => scanner.scan(text)));
    assert.deepEqual(
      reports.map(({ sha256 }) => sha256),
      texts.map((text) => createHash('sha256').update(text).digest('hex')),
    );
  });

  it('loads CPython beforehand when it is to be warm, and closes while it does', async () => {
    const warm = createScanner({ warm: true });
    await warm.close();
    const used = createScanner({ warm: true });
    assert.equal((await used.scan(ENTRY)).ok, true);
    await used.close();
  });

  it('refuses to scan after it was closed', async () => {
    const closed = createScanner();
    await closed.close();
    await assert.rejects(closed.scan(ENTRY), (error) => error instanceof CrusadesError);
  });
});

describe('the normalised hash', function () {
  shareScanner(this);
  after(() => scanner.close());
  const hash = async (text: string): Promise<string> => (await scanner.scan(text)).normalised;

  const original = `"""Fast."""
import torch.nn.functional as F

SCALE = 2


def helper(x, *, factor=1):
    """Scale x."""
    return [y * factor for y in x]


class Chunk:
    """A chunk."""

    def __init__(self, rows):
        self.rows = rows


def inner_steps(model, data_iterator, optimizer, num_steps, device):
    total = 0
    for batch in data_iterator:
        logits = model(batch)
        loss = F.cross_entropy(logits, batch)
        total += helper([loss], factor=SCALE)[0]
    return Chunk(total).rows
`;

  const copies: Record<string, (text: string) => string> = {
    'other comments and blank lines': (text) => text.replace(/\n\n/g, '\n\n\n# a comment\n\n'),
    'other docstrings': (text) =>
      text.replace('"""Scale x."""', '"""Multiplies."""').replace('"""Fast."""\n', ''),
    'other names of locals': (text) => text.replace(/\bloss\b/g, 'l').replace(/\btotal\b/g, 'acc'),
    'other names of functions, classes and globals': (text) =>
      text
        .replace(/\bhelper\b/g, '_h')
        .replace(/\bChunk\b/g, 'Piece')
        .replace(/\bSCALE\b/g, 'K'),
    'other names of parameters': (text) =>
      text
        .replace(/\bfactor\b/g, 'k')
        .replace(/\bmodel\b/g, 'net')
        .replace(/\brows\b(?=[):])/g, 'r')
        .replace('= rows', '= r'),
    'another import alias': (text) => text.replace(/\bF\b/g, 'functional'),
    'other formatting': (text) => text.replace('total = 0', 'total   =   (0)').replace(/ {4}/g, '  '),
    'a main guard': (text) => `${text}\nif __name__ == "__main__":\n    import os\n    print(os)\n`,
    'idle statements': (text) => text.replace('    total = 0\n', '    total = 0\n    pass\n    "idle"\n'),
  };
  for (const [what, change] of Object.entries(copies)) {
    it(`is the same with ${what}`, async () => {
      const copy = change(original);
      if (what !== 'a main guard') assert.notEqual(copy, original);
      assert.equal(await hash(copy), await hash(original));
    });
  }

  const others: Record<string, (text: string) => string> = {
    'another constant': (text) => text.replace('SCALE = 2', 'SCALE = 3'),
    'another type of constant': (text) => text.replace('SCALE = 2', 'SCALE = 2.0'),
    'another function called': (text) => text.replace('cross_entropy', 'nll_loss'),
    'other structure': (text) => text.replace('    total = 0\n', '    total = 0\n    total = total + 0\n'),
    'two locals exchanged': (text) =>
      text.replace('F.cross_entropy(logits, batch)', 'F.cross_entropy(batch, logits)'),
    'another attribute': (text) => text.replace('Chunk(total).rows', 'Chunk(total).size'),
    'another builtin': (text) => text.replace('* factor for', '* abs(factor) for'),
    'another module': (text) => text.replace('torch.nn.functional', 'torch.functional'),
  };
  for (const [what, change] of Object.entries(others)) {
    it(`is another with ${what}`, async () => {
      assert.notEqual(await hash(change(original)), await hash(original));
    });
  }
});
