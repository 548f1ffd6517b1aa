export { intake } from './intake.js';
export { submission } from './submission.js';
export { weights } from './weights.js';
