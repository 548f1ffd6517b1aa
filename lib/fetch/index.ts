export { isPublicAddress } from './address.js';
export type { FetchedCode } from './content.js';
export { createFetcher, type Fetcher, type FetcherParts, type FetchLimits } from './fetcher.js';
export { expandUrl, shortenUrl } from './page-url.js';
export { createDnsResolve, type Address, type Resolve } from './resolve.js';
