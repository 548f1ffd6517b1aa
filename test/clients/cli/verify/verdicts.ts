import type { CpuRun, FileVerdict } from '../../../../clients/cli/verify/verdict.js';
import { crusadesError } from '../../../../lib/errors/index.js';
import type { Finding, ScanReport } from '../../../../lib/scan/index.js';

/** A finding at `os` of `import os`. */
export const finding = (place: Partial<Finding> = {}): Finding => ({
  rule: 'forbidden_module',
  severity: 'reject',
  line: 1,
  column: 8,
  endLine: 1,
  endColumn: 10,
  text: 'os',
  reason: 'os is a forbidden module.',
  remedy: 'Remove it.',
  ...place,
});

export const report = (findings: readonly Finding[] = []): ScanReport => ({
  ok: !findings.some(({ severity }) => severity === 'reject'),
  policy: '1',
  sha256: 'ab'.repeat(32),
  normalised: 'cd'.repeat(32),
  sketch: '',
  seconds: 0.01,
  findings,
});

export const verdict = (parts: Partial<FileVerdict> = {}): FileVerdict => ({
  file: 'train.py',
  text: 'import os\n',
  report: report(),
  run: null,
  error: null,
  ...parts,
});

export const passed = verdict();
export const refused = verdict({ report: report([finding()]) });
export const unread = verdict({
  ...{ text: null, report: null },
  error: crusadesError('file_unreadable', { path: 'train.py', reason: 'there is no such file' }).report(),
});
export const broken = verdict({
  report: null,
  error: crusadesError('scanner_failed', { reason: 'it was closed' }).report(),
});

export const run = (parts: Partial<CpuRun> = {}): CpuRun => ({
  ...{ outcome: 'scored', mfu: 12.5, seconds: 0.5, error: null, outputTail: '' },
  ...parts,
});

export const failedRun = run({
  ...{ outcome: 'invalid_return_type', mfu: null, seconds: null },
  error: crusadesError('invalid_return_type', {}).report(),
  outputTail: 'first\nlast \u001b[2J\n',
});
