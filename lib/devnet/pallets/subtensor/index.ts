import { kit } from './declaration.js';
import { revealDueCommits } from './commit-reveal.js';
import { runEpochs } from './epochs.js';
import './networks.js';
import './neurons.js';
import './salted-commits.js';
import './staking.js';
import './storage.js';
import './weights.js';

export const subtensor = kit.done({
  onInitialize: (context) => {
    revealDueCommits(context);
    runEpochs(context);
  },
});
