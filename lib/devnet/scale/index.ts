export * from './codec.js';
export * from './composites.js';
export * from './primitives.js';
export { ScaleError, Sink, Source } from './source.js';
