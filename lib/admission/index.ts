export { admitCommitment, requirePause, type Entry } from './admit.js';
export {
  currentCommitments,
  freshCommitments,
  submissionIdOf,
  type FreshCommitment,
  type FreshCommitments,
} from './fresh-commitments.js';
export { awaitReveal, revealStateOf, type RevealedCommitment, type RevealState } from './reveal.js';
