import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import getPort from 'get-port';
import { packaged } from '../../lib/settings/index.js';
import {
  commit,
  noticed,
  registerMiners,
  replaceMiner,
  settled,
  textFor,
  type Committed,
} from '../support/end-to-end-miners.js';
import { minersHost, raw, type MinersHost } from '../support/end-to-end-host.js';
import { until } from '../support/end-to-end-process.js';
import { endToEndStack, type EndToEnd } from '../support/end-to-end.js';

/** All of them wait for their reveal at the same time, on a machine that may be busy. */
const SECONDS = 180;
/** So long that what happens to a sealed commitment happens before its reveal. */
const LATER = 30;

/** How each miner's commitment has to end. */
const ENDS = {
  stranger: ['rejected', 'commitment_malformed', 'a commitment that is no commitment of the competition'],
  chatterbox: ['rejected', 'commitment_too_long', 'a commitment that is too long'],
  vandal: ['rejected', 'commitment_undecryptable', 'a ciphertext that no pulse opens'],
  hasty: ['superseded', 'commitment_superseded', 'a commitment that a newer one has replaced'],
  replaced: ['rejected', 'hotkey_not_registered', 'a miner who has lost the registration'],
  unreachable: ['rejected', 'fetch_failed', 'a URL at which nobody answers'],
  forgetful: ['rejected', 'fetch_failed', 'a file that is not there'],
  slow: ['rejected', 'fetch_too_slow', 'a host that does not finish'],
  huge: ['rejected', 'fetch_too_large', 'a file that is too large'],
  page: ['rejected', 'fetch_not_code', 'a web page in place of the file'],
  changed: ['rejected', 'fetch_hash_mismatch', 'a file that is not the committed one'],
  refused: ['rejected', 'scan_rejected', 'code that the scanner refuses'],
  copycat: ['rejected', 'code_duplicate', 'code that somebody else has committed before'],
} as const;

type MinerName = keyof typeof ENDS;

const AUTHOR = 'author';

describe('bad input, from the chain to the ledger', () => {
  let stack: EndToEnd;
  let host: MinersHost;
  let author: Committed;
  const committed = new Map<MinerName, Committed>();

  before('let the miners commit', async function () {
    stack = await endToEndStack(this);
    const code = await readFile(packaged('test/honest/micro_batches.py'), 'utf8');
    const refused = await readFile(packaged('test/refused/imports_os.py'), 'utf8');
    host = await minersHost({
      'train.py': raw(code),
      'refused.py': raw(refused),
      'huge.py': raw(`# ${'x'.repeat(600_000)}`),
      'page.py': (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><p>inner_steps</p>');
      },
      // The answer begins, and never ends.
      'slow.py': (_request, response) => void response.writeHead(200).write('def inner_steps'),
    });
    const nobody = await getPort({ host: '127.0.0.1' });
    const names = Object.keys(ENDS) as MinerName[];
    await registerMiners(stack, [...names, AUTHOR]);
    author = await commit(stack, AUTHOR, textFor(code, host.url('train.py')));

    const file = (path: string, text = code): string => textFor(text, host.url(path));
    const make = async (
      name: MinerName,
      text: string,
      terms: Parameters<typeof commit>[3] = {},
    ): Promise<void> => void committed.set(name, await commit(stack, name, text, terms));
    await Promise.all([
      make('hasty', file('train.py'), { blocksAhead: LATER }),
      make('replaced', file('train.py'), { blocksAhead: LATER }),
      make('stranger', 'have a nice day'),
      make('chatterbox', file(`${'long/'.repeat(25)}train.py`)),
      make('vandal', '', { ciphertext: randomBytes(300) }),
      make('unreachable', textFor(code, `http://127.0.0.1:${nobody}/train.py`)),
      make('forgetful', file('lost.py')),
      make('slow', file('slow.py')),
      make('huge', file('huge.py')),
      make('page', file('page.py')),
      make('changed', file('train.py', `${code}# another edition\n`)),
      make('refused', file('refused.py', refused)),
    ]);
    await noticed(stack, committedBy('hasty'));
    await noticed(stack, committedBy('replaced'));
    await commit(stack, 'hasty', 'on second thoughts');
    await replaceMiner(stack, 'replaced', 'successor');
    await inQueue();
    await make('copycat', file('train.py'));
  });

  after(() => host?.close());

  const inQueue = (): Promise<boolean> =>
    until('the good one in the queue', SECONDS, async () => {
      const detail = await stack.ledger.submissionStatus(author.submissionId);
      return detail?.stage === 'queued';
    });

  const committedBy = (name: MinerName): Committed => {
    const found = committed.get(name);
    assert.ok(found, `${name} has not committed`);
    return found;
  };

  for (const [name, [stage, code, what]] of Object.entries(ENDS)) {
    it(`ends ${what} as ${stage}, with ${code}`, async function () {
      this.timeout(SECONDS * 1000 + 5_000);
      const end = await settled(stack, committedBy(name as MinerName), SECONDS);
      assert.deepEqual(
        { stage: end.stage, outcome: end.outcome, code: end.error?.code, mfu: end.mfu },
        { stage, outcome: code, code, mfu: null },
      );
      assert.ok((end.error?.remedy.length ?? 0) > 0, 'the miner is not told what to do');
      assert.equal(end.attempts.length, 0, 'the GPU was used');
    });
  }

  it('keeps what is good waiting for a GPU all the while, until an operator cancels it', async function () {
    this.timeout(60_000);
    const handle = stack.client.workflow.getHandle(author.workflowId);
    await inQueue();
    await handle.executeUpdate('cancel', { args: [{ reason: 'the test is over', actor: 'test' }] });
    const end = await settled(stack, author, 30);
    assert.deepEqual([end.stage, end.outcome], ['cancelled', 'submission_cancelled']);
  });

  it('has lost nothing: each commitment is one submission with one end', async () => {
    const rows = await stack.query(`
      select submissions.id, count(*) filter (where stages.stage in
        ('scored', 'rejected', 'failed', 'cancelled', 'superseded', 'expired')) as ends
      from submissions join submission_stages as stages on stages.submission_id = submissions.id
      group by submissions.id`);
    const ends = new Map(rows.map(({ id, ends }) => [id, Number(ends)]));
    for (const { submissionId } of [author, ...committed.values()]) {
      assert.equal(ends.get(submissionId), 1, `submission ${submissionId}`);
    }
    assert.deepEqual((await stack.ledger.verifyLedger()).differences, []);
  });
});
