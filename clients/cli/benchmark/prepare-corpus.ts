import { spawn } from 'node:child_process';
import { z } from 'zod';
import { crusadesError } from '../../../lib/errors/index.js';
import { guardGroup, prepareGuard, releaseGroup, signalGroup } from '../../../lib/child-process/guard.js';

/** What `crusades_evaluator corpus prepare --json` prints of the corpus that it wrote. */
const corpusSchema = z.object({
  key: z.string(),
  file: z.string(),
  dataset: z.string(),
  split: z.string(),
  samples: z.number(),
  master_seed: z.number(),
  tokenizer: z.string(),
  source: z.enum(['hub', 'text folder']),
  vocabulary: z.number(),
  dtype: z.enum(['uint16', 'uint32']),
  tokens: z.number(),
  documents: z.number(),
  sha256: z.string(),
  created_at: z.string(),
});

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type PreparedCorpus = z.output<typeof corpusSchema>;

export interface CorpusRequest {
  /** Interpreter of the environment `corpus`. */
  readonly python: string;
  /** Folder that holds the package `crusades_evaluator`. */
  readonly sourceDir: string;
  readonly hparams: string;
  readonly text: string | undefined;
  readonly tokenizer: string | undefined;
  /** Where corpora are kept. */
  readonly folder: string;
  /** Without progress on standard error. */
  readonly quiet?: boolean;
}

/** Longer than the largest useful corpus takes; its progress is seen all the while. */
const TIMEOUT_MS = 6 * 3_600_000;

/** What a download from the hub needs of this environment; no other secret reaches the libraries that do it. */
const ENVIRONMENT =
  /^(PATH|HOME|TMPDIR|TERM|(https?|no|all)_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|HF_(TOKEN|ENDPOINT|HOME|HUB_CACHE)|XDG_CACHE_HOME)$/i;

/**
 * Runs the preparation to its end, its progress on standard error.
 *
 * @throws `corpus_not_prepared` with the reason that Python gave; the signal's reason
 */
export const prepareCorpus = async (request: CorpusRequest, signal: AbortSignal): Promise<PreparedCorpus> => {
  signal.throwIfAborted();
  const { code, output } = await run(request, signal);
  signal.throwIfAborted();
  const answer = parsed(output);
  const corpus = corpusSchema.safeParse(answer);
  if (code === 0 && corpus.success) return corpus.data;
  const refused = errorSchema.safeParse(answer);
  throw crusadesError('corpus_not_prepared', {
    reason: refused.success
      ? refused.data.error.message
      : `its process ended with ${code ?? 'a signal'} and without a reason`,
    ...(refused.success && { code: refused.data.error.code }),
  });
};

const run = (
  { python, sourceDir, hparams, text, tokenizer, folder, quiet }: CorpusRequest,
  signal: AbortSignal,
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve) => {
    prepareGuard();
    const args = ['-m', 'crusades_evaluator', 'corpus', 'prepare', '--json', '--settings', hparams];
    const child = spawn(
      python,
      [
        ...[...args, '--out', folder],
        ...(text === undefined ? [] : ['--text', text]),
        ...(tokenizer === undefined ? [] : ['--tokenizer', tokenizer]),
      ],
      {
        stdio: ['ignore', 'pipe', quiet ? 'ignore' : 'inherit'],
        // A group of its own: one interrupt reaches it once, from here, and none of it outlives this process.
        detached: true,
        env: {
          ...Object.fromEntries(Object.entries(process.env).filter(([name]) => ENVIRONMENT.test(name))),
          LANG: 'C.UTF-8',
          PYTHONPATH: sourceDir,
          PYTHONDONTWRITEBYTECODE: '1',
          HF_HUB_DISABLE_TELEMETRY: '1',
        },
      },
    );
    const { pid } = child;
    if (pid !== undefined) guardGroup(pid);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const interrupt = (): void => void (pid !== undefined && signalGroup(pid, 'SIGINT'));
    signal.addEventListener('abort', interrupt, { once: true });
    const deadline = setTimeout(interrupt, TIMEOUT_MS);
    const finish = (code: number | null): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', interrupt);
      if (pid !== undefined) releaseGroup(pid);
      resolve({ code, output });
    };
    child.once('error', () => finish(null));
    child.once('close', finish);
  });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
