import { fileURLToPath } from 'node:url';

/** The root of the checkout, without a slash at the end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What went wrong in a step, what was tried and what to do: printed as it is, without a stack. */
export class SetupError extends Error {
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}
