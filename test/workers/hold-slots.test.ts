import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { evaluatorFault } from '../../lib/evaluate/faults.js';
import { createLogger } from '../../lib/telemetry/index.js';
import { holdSlots } from '../../workers/hold-slots.js';

type Supplier = ReturnType<typeof holdSlots>;
const CONTEXT = {} as Parameters<Supplier['reserveSlot']>[0];
const PERMIT = {} as Parameters<Supplier['releaseSlot']>[0];

describe('holdSlots', () => {
  const pauses: number[] = [];
  const logger = createLogger('test');
  logger.error = (entry: { pauseSeconds: number }) => void pauses.push(entry.pauseSeconds);
  beforeEach(() => void pauses.splice(0));

  const slots = (warmUp: () => Promise<void>): Supplier =>
    holdSlots({ warmUp, logger, firstPauseMs: 10, longestPauseMs: 40 });
  const never = new AbortController().signal;

  it('gives out one slot at a time, however many ask', async () => {
    const supplier = slots(async () => undefined);
    let given = 0;
    const asked = [1, 2, 3].map(() => supplier.reserveSlot(CONTEXT, never).then(() => (given += 1)));
    await sleep(5);
    assert.equal(given, 1);
    supplier.releaseSlot(PERMIT);
    await sleep(5);
    assert.equal(given, 2);
    supplier.releaseSlot(PERMIT);
    await Promise.all(asked);
    assert.equal(given, 3);
  });

  it('waits until a referee can start, with pauses that double up to the longest', async () => {
    let tries = 0;
    const supplier = slots(async () => {
      tries += 1;
      if (tries < 5) throw evaluatorFault('gpu_quarantined', 'memory in use');
    });
    await supplier.reserveSlot(CONTEXT, never);
    assert.equal(tries, 5);
    assert.deepEqual(pauses, [0.01, 0.02, 0.04, 0.04]);
  });

  it('stops waiting when the worker is told to stop, with its reason, and lets others have the slot', async () => {
    let broken = true;
    const supplier = slots(async () => {
      if (broken) throw new Error('no driver');
    });
    const starting = new AbortController();
    const queueing = new AbortController();
    const first = supplier.reserveSlot(CONTEXT, starting.signal);
    const second = supplier.reserveSlot(CONTEXT, queueing.signal);
    queueing.abort(new Error('not needed'));
    await assert.rejects(second, /not needed/);
    starting.abort(new Error('told to stop'));
    await assert.rejects(first, /told to stop/);
    broken = false;
    await supplier.reserveSlot(CONTEXT, never);
  });
});
