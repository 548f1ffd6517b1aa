import { endpointOf } from '../chain/endpoint.js';
import { driftOf, readLiveRuntime, referenceFacts, referenceFor, TOUCHED } from '../contract/index.js';
import { CrusadesError } from '../errors/index.js';
import type { Settings } from '../settings/index.js';
import { fail, ok, warn, type Finding } from './types.js';

const NAME = 'chain runtime';
/** Breaking items that are named here; the command names all. */
const MOST_NAMED = 3;

/** Whether the runtime of the configured endpoint still has what this program uses of it, and as it uses it. */
export const checkChainRuntime = async ({ environment }: Settings): Promise<Finding> => {
  try {
    const endpoint = endpointOf(environment);
    const { chain, specVersion, facts } = await readLiveRuntime(endpoint);
    const reference = referenceFor(specVersion);
    const drift = driftOf(referenceFacts(reference), facts, TOUCHED);
    const breaking = drift.filter(({ severity }) => severity === 'breaking');
    const tolerated = drift.filter(({ severity }) => severity === 'tolerated').length;
    const where = `spec ${specVersion} of ${chain} at ${endpoint}`;
    const next = `Look at \`crusades chain diff ${endpoint}\`; a newer version of this program may know it.`;
    if (breaking.length > 0) {
      const named = breaking.slice(0, MOST_NAMED).map(({ item, aspect }) => `${item} (${aspect})`);
      const more = breaking.length > named.length ? `, and ${breaking.length - named.length} more` : '';
      return fail(NAME, `${where} differs from spec ${reference}: ${named.join(', ')}${more}`, next);
    }
    if (tolerated > 0) return warn(NAME, `${where}: ${tolerated} difference(s) that do no harm yet`, next);
    return ok(NAME, `${where}: all that is used is as in spec ${reference}`);
  } catch (error) {
    if (!(error instanceof CrusadesError)) throw error;
    return fail(NAME, error.message, error.remedy);
  }
};
