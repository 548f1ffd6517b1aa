import {
  driftOf,
  readLiveRuntime,
  referenceFacts,
  referenceFor,
  REFERENCES,
  TOUCHED,
} from '../../../lib/contract/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { EXIT } from '../action.js';
import type { ChainDiffOptions } from '../chain.js';
import { printJson } from '../output/json.js';
import { print } from '../output/print.js';
import { withProgress } from '../output/progress.js';
import { styleFor } from '../output/style.js';
import { renderDrift, type DriftReport } from './render.js';

/**
 * Reads a node's metadata and tells what differs from the reference.
 *
 * @returns exit code: 0 when nothing breaks, 1 when something does
 */
export async function chainDiff(
  endpoint: string,
  options: ChainDiffOptions,
  signal: AbortSignal,
): Promise<number> {
  if (!/^wss?:\/\/[^\s/]/.test(endpoint)) {
    throw crusadesError('argument_invalid', {
      argument: 'endpoint',
      reason: 'it must begin with ws:// or wss://',
    });
  }
  const runtime = await withProgress(`reading the runtime of ${endpoint}`, () => readLiveRuntime(endpoint));
  signal.throwIfAborted();
  const chosen = REFERENCES.find((spec) => String(spec) === options.reference);
  const reference = chosen ?? referenceFor(runtime.specVersion);
  const differences = driftOf(referenceFacts(reference), runtime.facts, TOUCHED);
  const { chain, genesisHash, specVersion, facts } = runtime;
  const report: DriftReport = {
    ...{ endpoint, chain, genesisHash, specVersion },
    metadataVersion: facts.metadataVersion,
    metadataSha256: facts.sha256,
    reference,
    breaking: differences.filter(({ severity }) => severity === 'breaking').length,
    differences: differences.filter(({ severity }) => options.all || severity !== 'harmless'),
    unlisted: options.all ? 0 : differences.filter(({ severity }) => severity === 'harmless').length,
  };
  if (options.json) printJson(report);
  else print(renderDrift(report, styleFor(process.stdout)));
  return report.breaking === 0 ? EXIT.good : EXIT.no;
}
