export { isPublicAddress } from './address.js';
export type { FetchedCode } from './content.js';
export { createFetcher, type Fetcher, type FetchLimits } from './fetcher.js';
export type { Address, Resolve } from './hop.js';
export { expandUrl, shortenUrl } from './page-url.js';
