import assert from 'node:assert/strict';

import { createNotes } from '../../../lib/scan/notes.js';

describe('notes about numbered things', () => {
  it('are found again under the same number, near and far', () => {
    const notes = createNotes<{ id: number }, string>();
    for (const id of [0, 1, 63, 64, 100_000]) notes.set({ id }, `of ${id}`);
    assert.deepEqual(
      [0, 1, 63, 64, 100_000].map((id) => notes.get({ id })),
      ['of 0', 'of 1', 'of 63', 'of 64', 'of 100000'],
    );
  });

  it('are not there for numbers beside and between those that have some', () => {
    const notes = createNotes<{ id: number }, string>();
    notes.set({ id: 64 }, 'a note');
    assert.deepEqual(
      [0, 63, 65, 127, 128, 1000].map((id) => notes.get({ id })),
      Array.from({ length: 6 }, () => undefined),
    );
  });

  it('are replaced by later ones', () => {
    const notes = createNotes<{ id: number }, string>();
    notes.set({ id: 5 }, 'first');
    notes.set({ id: 5 }, 'second');
    assert.equal(notes.get({ id: 5 }), 'second');
  });

  it('tell apart what has no number of its own', () => {
    const notes = createNotes<{ id: number }, string>();
    const [one, other] = [{ id: -1 }, { id: -1 }];
    notes.set(one, 'of the one');
    assert.deepEqual([notes.get(one), notes.get(other)], ['of the one', undefined]);
  });
});
