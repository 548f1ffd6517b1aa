/**
 * Mocha loads test files, and what they import, as CommonJS; what the product loads only when it needs it comes as ES
 * modules. polkadot-js warns of the two copies of itself, which there are nowhere else.
 */
process.env.POLKADOTJS_DISABLE_ESM_CJS_WARNING = '1';
