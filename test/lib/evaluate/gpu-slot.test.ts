import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { evaluatorFault } from '../../../lib/evaluate/faults.js';
import { createGpuSlot } from '../../../lib/evaluate/gpu-slot.js';
import type { EvaluatorSession } from '../../../lib/evaluate/session.js';

/** Referees that say when they were started and closed, and that a test may kill. */
function referees() {
  const made: { alive: boolean; closed: boolean }[] = [];
  const start = async (): Promise<EvaluatorSession> => {
    const state = { alive: true, closed: false };
    made.push(state);
    return {
      facts: {
        device: 'cpu',
        name: '',
        uuid: '',
        driver: null,
        python: '',
        torch: '',
        transformers: '',
        threads: 1,
      },
      alive: () => state.alive,
      run: () => Promise.reject(new Error('not in this test')),
      close: async () => void (state.closed = true),
    };
  };
  return { made, start };
}

describe('createGpuSlot', () => {
  it('starts one referee, however many ask at once, and keeps it for later holds', async () => {
    const { made, start } = referees();
    const slot = createGpuSlot('q', start);
    await Promise.all([slot.warmUp(), slot.take('a'), slot.use('a', async () => undefined)]);
    slot.release('a');
    await slot.take('b');
    assert.equal(made.length, 1);
  });

  it('replaces a referee that has died', async () => {
    const { made, start } = referees();
    const slot = createGpuSlot('q', start);
    await slot.take('a');
    const [first] = made;
    if (first) first.alive = false;
    await slot.use('a', async () => undefined);
    assert.deepEqual(made, [
      { alive: false, closed: true },
      { alive: true, closed: false },
    ]);
  });

  it('ends the referee of a GPU that turned out to be unfit, so that the next one has to find it fit', async () => {
    const { made, start } = referees();
    const slot = createGpuSlot('q', start);
    await slot.take('a');
    const attempt = (code: string) => slot.use('a', () => Promise.reject(evaluatorFault(code, 'x')));
    await assert.rejects(attempt('gpu_slowed'), { code: 'gpu_slowed' });
    assert.deepEqual(made, [{ alive: true, closed: false }]);
    await assert.rejects(attempt('gpu_quarantined'), { code: 'gpu_quarantined' });
    assert.deepEqual(made, [{ alive: true, closed: true }]);
  });

  it('refuses attempts of a hold that is over', async () => {
    const slot = createGpuSlot('q', referees().start);
    await slot.take('a');
    slot.release('a');
    await assert.rejects(
      slot.use('a', async () => undefined),
      { code: 'gpu_hold_lost', details: { queue: 'q' } },
    );
  });

  it('refuses attempts of a hold that another one has followed', async () => {
    const slot = createGpuSlot('q', referees().start);
    const { ended } = await slot.take('a');
    await slot.take('b');
    assert.equal(await ended, 'released');
    await assert.rejects(
      slot.use('a', async () => undefined),
      { code: 'gpu_hold_lost' },
    );
    slot.release('a');
    await slot.use('b', async () => undefined);
  });

  it('runs one attempt at a time', async () => {
    const slot = createGpuSlot('q', referees().start);
    await slot.take('a');
    const order: string[] = [];
    const work = (name: string) =>
      slot.use('a', async () => {
        order.push(`${name} begins`);
        await nextTurn();
        order.push(`${name} ends`);
      });
    await Promise.all([work('one'), work('two')]);
    assert.deepEqual(order, ['one begins', 'one ends', 'two begins', 'two ends']);
  });

  it('finishes the attempt that runs before it ends the hold for a worker that is told to stop', async () => {
    const slot = createGpuSlot('q', referees().start);
    const { ended } = await slot.take('a');
    let finish: () => void = () => undefined;
    let over = false;
    void ended.then(() => (over = true));
    const attempt = slot.use('a', () => new Promise<void>((resolve) => (finish = resolve)));
    await nextTurn();
    slot.drain();
    await nextTurn();
    assert.equal(over, false);
    finish();
    await attempt;
    assert.equal(await ended, 'draining');
    await assert.rejects(
      slot.use('a', async () => undefined),
      { code: 'gpu_hold_lost' },
    );
  });
});
