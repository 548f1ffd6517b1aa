import { InvalidArgumentError } from 'commander';
import type { PaymentReference } from '../../lib/chain/index.js';

/** Parser of an option that is a whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };

/** Parser of an option that is a positive number. */
export const positiveNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
};

/** Parser of an option that is text with something in it. */
export const nonEmpty = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text.trim();
};

/** Parser of the place of a payment, `<block>:<extrinsic index>`. */
export const paymentReference = (text: string): PaymentReference => {
  const [, block, index] = /^(\d{1,10}):(\d{1,5})$/.exec(text) ?? [];
  if (block === undefined)
    throw new InvalidArgumentError('It must be a block and an index, 9240388:12 for example.');
  return { block: Number(block), extrinsicIndex: Number(index) };
};
