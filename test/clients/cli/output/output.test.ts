import assert from 'node:assert/strict';
import {
  distanceText,
  durationText,
  numberText,
  secondsText,
  shortened,
} from '../../../../clients/cli/output/format.js';
import { toJson } from '../../../../clients/cli/output/json.js';
import { PLAIN, styleFor, wantsColour } from '../../../../clients/cli/output/style.js';
import { renderFacts, renderTable } from '../../../../clients/cli/output/table.js';

describe('a duration', () => {
  for (const [seconds, text] of [
    [0.2, '0 s'],
    [59.4, '59 s'],
    [200, '3 min 20 s'],
    [3600, '1 h'],
    [7_500, '2 h 5 min'],
    [273_600, '3 d 4 h'],
    [-5, '0 s'],
  ] as const) {
    it(`of ${seconds} s reads ${text}`, () => assert.equal(durationText(seconds), text));
  }

  it('has hundredths below a minute where it was measured', () => {
    assert.equal(secondsText(1.234), '1.23 s');
    assert.equal(secondsText(90), '1 min 30 s');
    assert.equal(secondsText(null), '');
  });

  it('says whether a moment lies ahead or behind', () => {
    const now = Date.parse('2026-11-23T02:00:00Z');
    assert.equal(distanceText('2026-11-23T02:01:05Z', now), 'in 1 min 5 s');
    assert.equal(distanceText('2026-11-23T01:59:00Z', now), '1 min ago');
  });
});

describe('a number', () => {
  it('keeps what tells a limit from 1', () => {
    assert.equal(numberText(1.00007), '1.00007');
    assert.equal(numberText(2e-5), '0.00002');
    assert.equal(numberText(null), '');
  });
});

describe('a long identifier', () => {
  it('keeps its ends', () =>
    assert.equal(shortened('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'), '5Grwva…GKutQY'));
});

describe('JSON', () => {
  it('names its keys in snake_case, at every depth', () => {
    assert.equal(
      toJson({ submissionId: 'a', stages: [{ enteredAt: null }], codeSha256: 1 }),
      '{"submission_id":"a","stages":[{"entered_at":null}],"code_sha256":1}',
    );
  });

  it('leaves keys alone that are data', () => {
    const data = { 'NVIDIA H200': 1, 'starting.set_up': 2, row_min: 3 };
    assert.equal(toJson(data), JSON.stringify(data));
  });
});

describe('colours', () => {
  it('are off where output is piped, and where NO_COLOR is set', () => {
    assert.equal(wantsColour({}, {}), false);
    assert.equal(wantsColour({ isTTY: true }, { NO_COLOR: '1' }), false);
    assert.equal(wantsColour({ isTTY: true }, { TERM: 'dumb' }), false);
    assert.equal(wantsColour({ isTTY: true }, { TERM: 'xterm' }), true);
    assert.equal(wantsColour({}, { FORCE_COLOR: '1' }), true);
  });

  it('are off in a pipe even where a CI is', () => {
    assert.equal(styleFor({}, { CI: '1' }).red('x'), 'x');
  });
});

describe('a table', () => {
  const columns = [
    { title: 'name', text: ({ name }: { name: string }) => name },
    { title: 'n', align: 'right' as const, text: ({ name }: { name: string }) => String(name.length) },
  ];

  it('has a line for each row and no borders', () => {
    assert.equal(
      renderTable(columns, [{ name: 'ab' }, { name: 'abcdefghijkl' }], PLAIN),
      'name           n\nab             2\nabcdefghijkl  12',
    );
  });

  it('escapes what its cells hold', () => {
    assert.match(renderTable(columns, [{ name: '\u001b[31m\nred' }], PLAIN), /\\u\{1b\}\[31m\\u\{a\}red/);
  });

  it('of facts leaves out what is not known and escapes the rest', () => {
    assert.equal(
      renderFacts(
        [
          ['a', 'x\u0007'],
          ['long', null],
          ['bc', 'y'],
        ],
        PLAIN,
      ),
      'a   x\\u{7}\nbc  y',
    );
  });
});
