import assert from 'node:assert/strict';

import { createTables, type Table } from '../../../../lib/scan/flow/tables.js';

const bounded = (): never => {
  throw new Error('the rounds came to no end');
};

describe('tables of answers that lead to each other', () => {
  it('keep what one round has said, be another answer of the same length', () => {
    const answers: Table<'x' | 'y', string> = createTables(bounded).table((key: 'x' | 'y') => {
      if (key === 'y') return answers.get('x');
      return answers.get('y').length === 0 ? ['a'] : ['b'];
    });
    assert.deepEqual(answers.get('y'), ['a', 'b']);
  });

  it('come to an end where items are made anew in each round', () => {
    const answers: Table<'x' | 'y', { readonly name: string }> = createTables(bounded).table(
      (key: 'x' | 'y') => {
        if (key === 'y') return answers.get('x');
        return answers.get('y').length === 1 ? [{ name: 'a' }, { name: 'b' }] : [{ name: 'c' }];
      },
      undefined,
      ({ name }) => name,
    );
    assert.deepEqual(
      answers
        .get('y')
        .map(({ name }) => name)
        .sort(),
      ['a', 'b', 'c'],
    );
  });
});
