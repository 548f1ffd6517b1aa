import { CrusadesError, crusadesError, definitionOf, isErrorCode } from '../errors/index.js';

/**
 * What makes a GPU unfit for any attempt until somebody has seen to it. The same attempt may succeed on another one,
 * and trying it again on this one is pointless.
 */
const UNFIT = new Set<string>(['gpu_busy', 'gpu_memory_short', 'gpu_quarantined', 'gpu_unavailable']);

export const makesGpuUnfit = (code: string): boolean => UNFIT.has(code);

/**
 * A fault that the evaluator reports: its own code and words where the catalogue has the code as a fault of the
 * infrastructure, so that operators can look for it; else `evaluator_failed`, which names it.
 */
export const evaluatorFault = (code: string, message: string): CrusadesError =>
  isErrorCode(code) && code !== 'evaluator_failed' && definitionOf(code).fault === 'infrastructure'
    ? new CrusadesError(code, { reason: message }, { message })
    : crusadesError('evaluator_failed', { reason: withoutStop(`${code}: ${message}`) });

const withoutStop = (text: string): string => text.replace(/\.$/, '');
