import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sarifLog, writeSarif } from '../../../../clients/cli/verify/sarif.js';
import { scanReference } from '../../../../lib/scan/reference.js';
import { RULE_LIST } from '../../../../lib/scan/rule-list.js';
import { broken, failedRun, finding, passed, report, run, unread, verdict } from './verdicts.js';

const FOLDER = '/home/me/work';
const verdicts = [
  passed,
  verdict({
    file: 'mine/a b.py',
    report: report([
      finding(),
      finding({ severity: 'warn', rule: 'unknown_module', line: 3, endLine: 4, endColumn: 1 }),
    ]),
  }),
  verdict({ file: '/elsewhere/x.py', run: failedRun }),
  verdict({ file: 'https://example.com/train.py', run: run() }),
  { ...unread, file: 'missing.py' },
  { ...broken, file: '../up.py' },
];
const log = sarifLog(verdicts, { version: '1.2.3', folder: FOLDER });
const [only] = log.runs;
assert.ok(only);

/** Facts of SARIF 2.1.0 (OASIS standard, sections 3.13 to 3.58) that hold for every log. */
describe('a SARIF log', () => {
  it('names its version and its schema, and has one run with a named tool', () => {
    assert.equal(log.version, '2.1.0');
    assert.match(log.$schema, /^https:.*sarif-schema-2\.1\.0\.json$/);
    assert.equal(log.runs.length, 1);
    assert.equal(only.tool.driver.name, 'crusades');
    assert.equal(only.tool.driver.version, '1.2.3');
  });

  it('describes every rule once, with a help text and an absolute help address that leads to a heading', () => {
    const ids = only.tool.driver.rules.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const byId = new Map(only.tool.driver.rules.map((rule) => [rule.id, rule]));
    const headings = scanReference();
    for (const { id, severity } of RULE_LIST) {
      const rule = byId.get(id);
      assert.ok(rule && rule.shortDescription.text !== '' && rule.help.text !== '', id);
      assert.equal(rule.defaultConfiguration.level, severity === 'reject' ? 'error' : 'warning');
      const page = new URL(rule.helpUri);
      assert.equal(page.protocol, 'file:');
      assert.match(readFileSync(page, 'utf8'), /^# /);
      assert.ok(headings.includes(`### \`${id}\` (${severity})`), id);
      assert.equal(page.hash, `#${id}-${severity}`);
    }
  });

  it('points results at their rule by id and index, at their file by address and index', () => {
    assert.equal(only.results.length, 3);
    for (const { ruleId, ruleIndex, level, message, locations } of only.results) {
      assert.equal(only.tool.driver.rules[ruleIndex]?.id, ruleId);
      assert.ok(['error', 'warning'].includes(level));
      assert.ok(message.text.length > 0);
      assert.equal(locations.length, 1);
      const artifact = locations[0]?.physicalLocation.artifactLocation;
      const { index: _, ...location } = artifact ?? { index: -1, uri: '' };
      assert.deepEqual(only.artifacts[artifact?.index ?? -1]?.location, location);
    }
  });

  it('gives places in lines and columns from 1, in UTF-16 units, with the end after the text', () => {
    assert.equal(only.columnKind, 'utf16CodeUnits');
    const regions = only.results.flatMap(({ locations }) =>
      locations.flatMap(({ physicalLocation }) =>
        'region' in physicalLocation ? [physicalLocation.region] : [],
      ),
    );
    assert.deepEqual(regions, [
      { startLine: 1, startColumn: 8, endLine: 1, endColumn: 10 },
      { startLine: 3, startColumn: 8, endLine: 4, endColumn: 1 },
    ]);
  });

  it('has valid addresses: relative beneath the folder, absolute elsewhere', () => {
    const base = only.originalUriBaseIds.PROJECTROOT.uri;
    assert.equal(base, 'file:///home/me/work/');
    assert.deepEqual(
      only.artifacts.map(({ location }) => [location.uri, location.uriBaseId ?? null]),
      [
        ['train.py', 'PROJECTROOT'],
        ['mine/a%20b.py', 'PROJECTROOT'],
        ['file:///elsewhere/x.py', null],
        ['https://example.com/train.py', null],
        ['missing.py', 'PROJECTROOT'],
        ['file:///home/me/up.py', null],
      ],
    );
    for (const { location } of only.artifacts) assert.ok(new URL(location.uri, base).href);
  });

  it('tells of what could not be checked as notifications, and that the run was not successful', () => {
    const [invocation] = only.invocations;
    assert.equal(invocation?.executionSuccessful, false);
    assert.equal(invocation?.exitCode, 3);
    const described = only.tool.driver.notifications.map(({ id }) => id);
    assert.deepEqual(
      invocation?.toolExecutionNotifications.map(({ descriptor, level }) => [descriptor.id, level]),
      [
        ['file_unreadable', 'error'],
        ['scanner_failed', 'error'],
      ],
    );
    for (const { descriptor, message } of invocation?.toolExecutionNotifications ?? []) {
      assert.ok(described.includes(descriptor.id));
      assert.ok(message.text.length > 0);
    }
  });

  it('is successful when every file was checked, whatever the findings', () => {
    const { runs } = sarifLog(verdicts.slice(0, 2), { version: '1', folder: FOLDER });
    assert.equal(runs[0]?.invocations[0]?.executionSuccessful, true);
    assert.equal(runs[0]?.invocations[0]?.exitCode, 1);
  });

  it('has the code of a failed run as a rule, with its remedy', () => {
    const result = only.results.at(-1);
    assert.equal(result?.ruleId, 'invalid_return_type');
    assert.match(result?.message.text ?? '', /Return an object with final_logits/);
  });

  it('is written to a file, or says why not', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'crusades-sarif-'));
    try {
      const file = path.join(folder, 'log.sarif');
      await writeSarif(file, log);
      assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(log)));
      await assert.rejects(writeSarif(path.join(folder, 'no/log.sarif'), log), {
        code: 'argument_invalid',
        message: /cannot be written \(ENOENT\)/,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
