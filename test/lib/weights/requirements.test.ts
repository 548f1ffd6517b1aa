import assert from 'node:assert/strict';
import type { WeightRules } from '../../../lib/chain/types.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { requireAcceptable, weightsRefusal } from '../../../lib/weights/index.js';
import { RULES } from './rules.js';

const TWO = [
  { uid: 1, value: 65_535 },
  { uid: 4, value: 3_449 },
];
const SELF = [{ uid: 2, value: 65_535 }];

const judge = (rules: Partial<WeightRules> = {}, entries = TWO, netuid = 3) =>
  requireAcceptable({ ...RULES, ...rules }, { hotkey: '5Validator', netuid, entries });

describe('requireAcceptable', () => {
  it('lets pass what the chain would take', () => {
    assert.equal(judge(), 2);
    assert.equal(judge({ stake: '5', stakeThreshold: '5' }), 2);
  });

  const refusals: readonly (readonly [string, Partial<WeightRules>, string, RegExp])[] = [
    ['a subnet that is gone', { subnetExists: false }, 'weights_not_permitted', /no such subnet/],
    ['a hotkey without a uid', { uid: null }, 'weights_not_permitted', /not registered/],
    ['one without a permit', { permit: false }, 'weights_not_permitted', /no validator permit/],
    [
      'too little stake',
      { stake: '4', stakeThreshold: '5' },
      'weights_not_permitted',
      /4 rao is below the threshold of 5 rao/,
    ],
    ['a uid that there is not', { neuronCount: 4 }, 'weights_recipient_missing', /no uid 4.*end at 3/],
    ['fewer weights than are wanted', { minAllowedWeights: 3 }, 'weights_too_few', /at least 3.*gives 2/],
    [
      'another commit version than ours',
      { commitRevealEnabled: true, commitRevealVersion: 5 },
      'weights_version_unsupported',
      /version 5.*version 4/,
    ],
    [
      'an eleventh commit of an epoch',
      { commitRevealEnabled: true, commitsInEpoch: 10 },
      'weights_commits_full',
      /10 weight commits/,
    ],
  ];
  for (const [what, rules, code, message] of refusals) {
    it(`refuses ${what}`, () => assert.throws(() => judge(rules), { code, message }));
  }

  it('refuses the root network', () => {
    assert.throws(() => judge({}, TWO, 0), { code: 'weights_not_permitted' });
  });

  it('does not ask for more weights than there are neurons', () => {
    const everybody = [
      { uid: 0, value: 65_535 },
      { uid: 1, value: 1 },
    ];
    assert.equal(judge({ minAllowedWeights: 1024, neuronCount: 2 }, everybody), 2);
  });

  it('takes another commit version where commits are not used', () => {
    assert.equal(judge({ commitRevealVersion: 5 }), 2);
  });

  it('asks the subnet’s owner neither for a permit nor for stake', () => {
    assert.equal(judge({ ownsSubnet: true, permit: false, stake: '0', stakeThreshold: '5' }), 2);
  });

  it('asks a weight for oneself alone neither for a permit nor for a number of weights', () => {
    assert.equal(judge({ permit: false, minAllowedWeights: 3 }, SELF), 2);
    assert.throws(() => judge({ permit: false }, [...SELF, { uid: 3, value: 1 }]));
  });

  it('knows no exceptions from the permit without Yuma consensus', () => {
    for (const entries of [TWO, SELF]) {
      const rules = { consensus: 'Null', ownsSubnet: true, permit: false } as const;
      assert.throws(() => judge(rules, entries), { code: 'weights_not_permitted' });
    }
  });

  it('leaves the judgement of stake to the chain where it is not told', () => {
    assert.equal(judge({ stake: null, stakeThreshold: '5' }), 2);
  });
});

describe('weightsRefusal', () => {
  const weighting = { hotkey: '5Validator', netuid: 3, entries: TWO };
  const meaning = (reason: string) =>
    weightsRefusal(
      crusadesError('chain_call_refused', { call: 'set_weights', reason }),
      RULES,
      weighting,
    ) as {
      readonly code: string;
    };

  for (const [reason, code] of Object.entries({
    'SubtensorModule.SettingWeightsTooFast': 'weights_too_soon',
    'SubtensorModule.CommittingWeightsTooFast': 'weights_too_soon',
    'RateLimitExceeded (pool code 6)': 'weights_too_soon',
    'StakeTooLow: NotEnoughStakeToSetWeights or AmountTooLow (pool code 1)': 'weights_not_permitted',
    'SubtensorModule.NeuronNoValidatorPermit': 'weights_not_permitted',
    'UidNotFound: HotKeyNotRegisteredInSubNet (pool code 19)': 'weights_not_permitted',
    'SubtensorModule.WeightVecLengthIsLow': 'weights_too_few',
    'SubtensorModule.TooManyUnrevealedCommits': 'weights_commits_full',
    'SubtensorModule.CommitRevealEnabled': 'weights_plan_outdated',
    'SubtensorModule.CommitRevealDisabled': 'weights_plan_outdated',
    'SubtensorModule.UidVecContainInvalidOne': 'weights_plan_outdated',
    'SubtensorModule.IncorrectWeightVersionKey': 'weights_plan_outdated',
    'InvalidRevealRound (pool code 15)': 'weights_plan_outdated',
    'System.CallFiltered': 'chain_call_refused',
  })) {
    it(`calls ${reason} ${code}`, () => assert.equal(meaning(reason).code, code));
  }

  it('leaves other errors as they are', () => {
    const error = crusadesError('chain_outcome_unknown', { call: 'set_weights', seconds: 60 });
    assert.equal(weightsRefusal(error, RULES, weighting), error);
  });
});
