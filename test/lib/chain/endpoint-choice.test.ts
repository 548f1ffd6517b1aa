import assert from 'node:assert/strict';

import { chooseEndpoint, type EndpointStanding } from '../../../lib/chain/endpoint-choice.js';

const NOW = 1_000_000;
const at = (url: string, number: number, ageSeconds = 5, restsUntil = 0): EndpointStanding => ({
  ...{ url, restsUntil, head: { number, ageSeconds } },
});
const away = (url: string): EndpointStanding => ({ url, head: null, restsUntil: 0 });
const choose = (standings: readonly EndpointStanding[], active: string | null = null) =>
  chooseEndpoint(standings, active, 60, NOW);

describe('chooseEndpoint', () => {
  it('takes the first that is up to date', () => {
    assert.equal(choose([at('a', 100), at('b', 101)]), 'a');
    assert.equal(choose([away('a'), at('b', 101), at('c', 102)]), 'b');
  });

  it('passes over one whose head is old, or that trails by more than two blocks', () => {
    assert.equal(choose([at('a', 100, 61), at('b', 100)]), 'b');
    assert.equal(choose([at('a', 98), at('b', 100)]), 'a');
    assert.equal(choose([at('a', 97), at('b', 100)]), 'b');
  });

  it('passes over one that rests', () => {
    assert.equal(choose([at('a', 100, 5, NOW + 1), at('b', 100)]), 'b');
    assert.equal(choose([at('a', 100, 5, NOW), at('b', 100)]), 'a');
  });

  it('returns to the first once that is well, and not before', () => {
    assert.equal(choose([at('a', 100), at('b', 100)], 'b'), 'a');
    assert.equal(choose([at('a', 90), at('b', 100)], 'b'), 'b');
  });

  it('stays where it is while all heads are old and nobody knows more', () => {
    assert.equal(choose([at('a', 100, 90), at('b', 100, 90)], 'b'), 'b');
    assert.equal(choose([at('a', 102, 90), at('b', 100, 90)], 'b'), 'b');
    assert.equal(choose([at('a', 103, 90), at('b', 100, 90)], 'b'), 'a');
  });

  it('takes the one that knows most when all heads are old and none is in use', () => {
    assert.equal(choose([at('a', 100, 90), at('b', 200, 80), at('c', 150, 80)]), 'b');
  });

  it('is not taken in by a chain that is ahead of this machine’s clock', () => {
    assert.equal(choose([at('a', 100, -3600)]), 'a');
  });

  it('takes none when none answers', () => {
    assert.equal(choose([away('a'), away('b')], 'a'), null);
    assert.equal(choose([]), null);
  });
});
