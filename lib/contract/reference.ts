import { readFileSync } from 'node:fs';
import type { ChainFacts } from './facts.js';

/** Spec versions whose facts are committed, oldest first. scripts/chain-contract.mjs writes them. */
export const REFERENCES = [365, 461] as const;
export type ReferenceSpec = (typeof REFERENCES)[number];

/** The newest runtime whose metadata was at hand: what live ones are compared with. */
export const NEWEST_REFERENCE: ReferenceSpec = 461;

/** The committed facts of one runtime. */
export const referenceFacts = (spec: ReferenceSpec = NEWEST_REFERENCE): ChainFacts =>
  JSON.parse(readFileSync(new URL(`./facts/subtensor-${spec}.json`, import.meta.url), 'utf8')) as ChainFacts;

/** The newest reference that is no newer than a runtime; the oldest one for runtimes before all of them. */
export const referenceFor = (specVersion: number): ReferenceSpec =>
  REFERENCES.findLast((spec) => spec <= specVersion) ?? REFERENCES[0];
