import { checkDisk, checkGpu, checkIsolation, checkNode, checkPorts, checkPython } from './host.js';
import { checkChain } from './chain.js';
import { checkChainRuntime } from './chain-runtime.js';
import { checkEvaluator, checkPostgresPrograms, checkTemporalCli } from './provisioned.js';
import { checkLedger, checkSettings, checkTemporal } from './services.js';
import { fail, type Finding } from './types.js';

export { CHECKED_ITEMS } from './provisioned.js';
export type { Finding, FindingStatus } from './types.js';

/** Examines this host: what is there, what is missing and how to get it. Takes as long as its slowest check. */
export const examine = async ({
  chainRuntime = false,
}: {
  /** Also reads the metadata of the configured chain: half a megabyte. */
  readonly chainRuntime?: boolean;
} = {}): Promise<Finding[]> => {
  const { finding, settings } = checkSettings();
  return Promise.all<Finding | Finding[]>([
    checkNode(),
    checkPython(),
    checkTemporalCli(),
    checkPostgresPrograms(),
    checkEvaluator(),
    checkIsolation(),
    checkGpu(),
    checkDisk(),
    checkPorts(),
    Promise.resolve(finding),
    ...(settings === null ? [] : [checkLedger(settings), checkTemporal(settings), checkChain(settings)]),
    ...(settings === null || !chainRuntime ? [] : [checkChainRuntime(settings)]),
  ]).then(
    (findings) => findings.flat(),
    (error: unknown) => [
      fail('doctor', `a check itself failed: ${String(error)}`, 'Report this with its output.'),
    ],
  );
};
