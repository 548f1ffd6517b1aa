import { kit } from './declaration.js';
import { revealDueCommits } from './commit-reveal.js';
import { runEpochs } from './epochs.js';
import './neurons.js';
import './storage.js';
import './weights.js';

export const subtensor = kit.done({
  onInitialize: (context) => {
    revealDueCommits(context);
    runEpochs(context);
  },
});
