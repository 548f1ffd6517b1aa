import { TOLERATED_LAG_BLOCKS } from '../chain/endpoint-choice.js';
import type { ProbedHead } from '../chain/head-age.js';
import { fail, ok, warn, type Finding } from './types.js';

/** What one endpoint said of itself. */
export interface EndpointFacts extends ProbedHead {
  /** `system_chain`. */
  readonly chain: string;
  /** `0x` and hex. */
  readonly genesisHash: string;
  readonly specVersion: number;
}

/** One configured endpoint, and what came of asking it. */
export interface AskedEndpoint {
  readonly url: string;
  /** An archive serves old state only: it neither helps nor harms what the chain is followed by. */
  readonly isArchive: boolean;
  /** A text: why there was no answer. */
  readonly answer: EndpointFacts | string;
}

/** From here on the validator's own connection looks for another endpoint (`staleSeconds` of `lib/chain`). */
const STALE_SECONDS = 120;
/** Clocks differ by a little; from so much on transactions and reveal rounds suffer. */
const CLOCK_SECONDS = 30;

const NAME = 'chain';
const ENDPOINT = 'chain endpoint';
const NETWORK = 'Check the network, or name another endpoint in CRUSADES_ENDPOINT.';
const OTHER_CHAIN = 'Correct CRUSADES_ENDPOINT, CRUSADES_NETWORK or CRUSADES_GENESIS.';

interface Judged extends AskedEndpoint {
  /** Null: nothing is wrong with it. */
  readonly fault: string | null;
  readonly isOtherChain: boolean;
}

/**
 * One finding about the chain, and one about each endpoint where there are several. A single good endpoint is enough to
 * follow the chain; those that are not good are named.
 *
 * @param genesisHash that block 0 must have; null: that of the first endpoint that answers
 */
export const judgeEndpoints = (asked: readonly AskedEndpoint[], genesisHash: string | null): Finding[] => {
  const judged = judge(asked, genesisHash);
  const overall = overallFinding(judged);
  return judged.length === 1 ? [overall] : [overall, ...judged.map(endpointFinding)];
};

const judge = (asked: readonly AskedEndpoint[], genesisHash: string | null): readonly Judged[] => {
  const answers = asked.flatMap(({ answer }) => (typeof answer === 'string' ? [] : [answer]));
  const genesis = (genesisHash ?? answers[0]?.genesisHash)?.toLowerCase();
  const isOther = ({ genesisHash: own }: EndpointFacts): boolean => own.toLowerCase() !== genesis;
  const newest = Math.max(0, ...answers.filter((each) => !isOther(each)).map(({ number }) => number));
  return asked.map((each) => {
    const { answer } = each;
    if (typeof answer === 'string') return { ...each, fault: answer, isOtherChain: false };
    return isOther(answer)
      ? { ...each, fault: `another chain: its genesis is ${answer.genesisHash}`, isOtherChain: true }
      : { ...each, fault: delayOf(answer, newest), isOtherChain: false };
  });
};

const delayOf = ({ number, ageSeconds }: ProbedHead, newest: number): string | null => {
  const lag = newest - number;
  if (lag > TOLERATED_LAG_BLOCKS) return `${lag} blocks behind`;
  if (ageSeconds > STALE_SECONDS) return `its newest block is ${Math.round(ageSeconds)} s old`;
  if (ageSeconds < -CLOCK_SECONDS) return `its newest block is ${Math.round(-ageSeconds)} s in the future`;
  return null;
};

const overallFinding = (judged: readonly Judged[]): Finding => {
  const followed = judged.filter(({ isArchive }) => !isArchive);
  const good = followed.filter(({ fault }) => fault === null);
  const bad = judged.filter(({ fault }) => fault !== null);
  const count = judged.length === 1 ? '' : `${good.length} of ${followed.length} endpoints are good: `;
  const named = bad.map(({ url, fault }) => `${url}: ${fault}`).join('; ');
  const [first] = good;
  if (!first) {
    const nothingFits = followed.every(({ isOtherChain }) => isOtherChain);
    return nothingFits ? fail(NAME, named, OTHER_CHAIN) : warn(NAME, named, remedyFor(bad));
  }
  const detail = `${count}${words(first)}`;
  return bad.length === 0 ? ok(NAME, detail) : warn(NAME, `${detail}; not good: ${named}`, remedyFor(bad));
};

const endpointFinding = (endpoint: Judged): Finding => {
  const { url, fault, answer } = endpoint;
  if (fault === null) return ok(ENDPOINT, words(endpoint));
  const detail = typeof answer === 'string' ? `${url}: ${fault}` : `${words(endpoint)}: ${fault}`;
  return warn(ENDPOINT, detail, remedyFor([endpoint]));
};

const words = ({ url, isArchive, answer }: AskedEndpoint): string => {
  if (typeof answer === 'string') return url;
  const { chain, specVersion, number, ageSeconds } = answer;
  const age = `${Math.max(0, Math.round(ageSeconds))} s old`;
  return `${chain} answers at ${url}${isArchive ? ' (archive)' : ''}, spec ${specVersion}, block ${number}, ${age}`;
};

const remedyFor = (bad: readonly Judged[]): string => {
  if (bad.some(({ isOtherChain }) => isOtherChain)) return OTHER_CHAIN;
  const isEarly = bad.every(({ answer }) => typeof answer !== 'string' && answer.ageSeconds < -CLOCK_SECONDS);
  return isEarly ? 'Set the clock of this machine.' : NETWORK;
};
