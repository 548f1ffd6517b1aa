import { crusadesError } from '../errors/index.js';
import { verifyRound } from './beacon.js';
import { QUICKNET } from './rounds.js';

/** A beacon's signature for a round. */
export interface Pulse {
  readonly round: number;
  /** G1, 48 bytes compressed. */
  readonly signature: Uint8Array;
}

/** Where pulses come from. What it says is not believed before the beacon's key has confirmed it. */
export interface PulseSource {
  /** For errors and logs. */
  readonly name: string;
  /** @returns null when it has none for the round (yet, or any more) */
  pulse(round: number): Promise<Pulse | null>;
}

export interface FoundPulse extends Pulse {
  /** Name of the source that had it. */
  readonly source: string;
}

/**
 * The pulse of a round from the first source that has a genuine one. A source that fails or lies is passed over.
 *
 * @param publicKey the beacon's, 96 bytes
 * @returns null when no source has it
 * @throws `pulse_invalid` when sources answered and none of the signatures is the beacon's; otherwise the first
 *   source's own failure when no source could be asked
 */
export const findPulse = async (
  sources: readonly PulseSource[],
  publicKey: Uint8Array,
  round: number,
): Promise<FoundPulse | null> => {
  const liars: string[] = [];
  const failures: unknown[] = [];
  for (const source of sources) {
    try {
      const pulse = await source.pulse(round);
      if (pulse === null) continue;
      if (pulse.round === round && verifyRound(publicKey, round, pulse.signature)) {
        return { ...pulse, source: source.name };
      }
      liars.push(source.name);
    } catch (error) {
      failures.push(error);
    }
  }
  if (liars.length > 0) throw crusadesError('pulse_invalid', { round, source: liars.join(', ') });
  if (failures.length > 0 && failures.length === sources.length) throw failures[0];
  return null;
};

/** A pulse is 400 bytes of JSON. */
const MOST_BYTES = 10_000;
const DEADLINE_MS = 10_000;

/**
 * The drand HTTP API at a base address. Without a path quicknet's is used, `/{chain hash}`; a beacon of one's own is
 * named by its path.
 */
export const httpPulses = (baseUrl: string): PulseSource => {
  const base = new URL(baseUrl);
  const path = base.pathname.replace(/\/+$/, '') || `/${QUICKNET.chainHash}`;
  return {
    name: base.host,
    async pulse(round) {
      const url = new URL(`${path}/public/${round}`, base);
      const response = await ask(url);
      // 404 and 425: a round that there is not, or not yet.
      if (response.status === 404 || response.status === 425) return null;
      if (!response.ok) throw unavailable(base.host, round, `it answers ${response.status}`);
      return readPulse(await textOf(response, base.host, round), base.host, round);
    },
  };
};

const ask = async (url: URL): Promise<Response> => {
  try {
    return await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS), redirect: 'error' });
  } catch (error) {
    const round = Number(url.pathname.split('/').at(-1));
    throw unavailable(url.host, round, error instanceof Error ? error.message : String(error));
  }
};

const textOf = async (response: Response, host: string, round: number): Promise<string> => {
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > MOST_BYTES) throw unavailable(host, round, `it sends ${length} bytes`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MOST_BYTES) throw unavailable(host, round, 'its answer does not end');
  }
  return text;
};

const readPulse = (text: string, host: string, round: number): Pulse => {
  const answer = parsed(text);
  const signature = answer?.signature;
  if (typeof signature !== 'string' || !/^[0-9a-fA-F]{96}$/.test(signature) || answer?.round !== round) {
    throw unavailable(host, round, 'it sends no pulse of that round');
  }
  return { round, signature: Uint8Array.from(Buffer.from(signature, 'hex')) };
};

const parsed = (text: string): { readonly round?: unknown; readonly signature?: unknown } | null => {
  try {
    return JSON.parse(text) as { readonly round?: unknown; readonly signature?: unknown } | null;
  } catch {
    return null;
  }
};

const unavailable = (source: string, round: number, reason: string) =>
  crusadesError('pulse_unavailable', { source, round, reason });
