export { intake } from './intake.js';
export { replay } from './replay.js';
export { submission } from './submission.js';
export { weights } from './weights.js';
