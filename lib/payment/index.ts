export { amountText } from './amounts.js';
export { paymentName, type JudgedPayment } from './judge.js';
export { pay, planPayment, type PaymentPlan, type TellStep } from './pay.js';
export type { PaymentSettings, PaymentTerms } from './terms.js';
export { requireInTime, verifyPayment, type PaymentChain, type PaymentClaim } from './verify.js';
