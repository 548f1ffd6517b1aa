import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { HISTORIES } from '../support/histories.js';
import { quietTemporal } from '../support/quiet-temporal.js';
import { workflowBundle } from '../support/workflow-bundle.js';

/** Needs no server: what workflows did once, they must still do, or running ones get stuck after an upgrade. */
describe('recorded histories', function () {
  this.timeout(60_000);
  let code: string;
  before(async () => {
    quietTemporal();
    ({ code } = await workflowBundle());
  });

  const files = readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));

  it('are there for every workflow', () => {
    const started = files.map((name) => read(name)).map(({ workflow }) => workflow);
    assert.deepEqual([...new Set(started)].sort(), ['intake', 'replay', 'submission', 'weights']);
  });

  for (const name of files) {
    it(`replay with today’s code: ${name.replace('.json', '').replaceAll('-', ' ')}`, async () => {
      await Worker.runReplayHistory({ workflowBundle: { code } }, read(name).history);
    });
  }

  it('would tell a change of what a workflow does', async () => {
    const scored = files.find((name) => name.startsWith('submission-scored'));
    await assert.rejects(
      Worker.runReplayHistory({ workflowBundle: { code: withoutScan(code) } }, read(scored ?? '').history),
      { name: 'DeterminismViolationError' },
    );
  });
});

/** The workflow as it would be if somebody left the scan out. */
const withoutScan = (code: string): string => code.replaceAll('scanCode({', 'fetchCode({');

function read(name: string): { history: unknown; workflow: string } {
  const history = JSON.parse(readFileSync(`${HISTORIES}${name}`, 'utf8')) as {
    events: { workflowExecutionStartedEventAttributes?: { workflowType: { name: string } } }[];
  };
  return {
    history,
    workflow: history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '',
  };
}
