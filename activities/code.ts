import { cancellationSignal, sleep } from '@temporalio/activity';
import type { Entry } from '../lib/admission/index.js';
import { CrusadesError, crusadesError } from '../lib/errors/index.js';
import type { Fetcher } from '../lib/fetch/index.js';
import type { Scanner, ScanReport } from '../lib/scan/index.js';
import type { Hparams } from '../lib/settings/index.js';
import type { Ledger, NearestCode, StoredCode } from '../lib/store/index.js';
import { beating } from './beating.js';
import { withFailures } from './failures.js';
import { compareCode } from './near-duplicates.js';

export type { StoredCode } from '../lib/store/index.js';

export interface CodeDependencies {
  readonly fetcher: Fetcher;
  readonly scanner: Scanner;
  readonly ledger: Ledger;
}

/** What of a scan goes into a workflow's history: no more findings than anybody reads. */
export interface ScanVerdict {
  readonly policy: string;
  readonly normalised: string;
  readonly warnings: number;
  /** Somebody else's code that is nearly the same; for people, it decides nothing. */
  readonly resembles?: NearestCode;
}

const MOST_FINDINGS = 100;

/** Activities between the revealed URL and the scanned file. */
export const createCodeActivities = ({ fetcher, scanner, ledger }: CodeDependencies) =>
  withFailures({
    /**
     * Downloads the revealed URL once; later calls for the same submission return the stored text. Also what another
     * submission has brought is downloaded: a miner's own URL has to deliver the file.
     */
    async fetchCode({
      entry,
      hparams,
    }: {
      readonly entry: Entry;
      readonly hparams: Hparams;
    }): Promise<StoredCode> {
      const { submissionId, url, committedHash } = entry;
      const known = await ledger.codeOf(submissionId);
      if (known) return known;
      const limits = {
        committedHash,
        timeoutSeconds: hparams.code_fetch_timeout,
        maxBytes: hparams.fetch.max_bytes,
        allowPrivateAddresses: hparams.fetch.allow_private_addresses,
        ...(hparams.fetch.ports && { ports: hparams.fetch.ports }),
      };
      const { text, sha256 } = await beating(() =>
        withinTries(() => fetcher.fetchCode(url, limits, cancellationSignal())),
      );
      return ledger.storeCode({ submissionId, url, text, sha256 });
    },

    /**
     * Scans the code, claims it for its miner and compares it with what other miners have.
     * Throws `scan_rejected` with every finding, and `code_duplicate` for what somebody else committed before.
     */
    async scanCode({
      entry,
      code,
    }: {
      readonly entry: Entry;
      readonly code: StoredCode;
    }): Promise<ScanVerdict> {
      const report = await beating(() => scanner.scan(code.text));
      refuseFindings(report);
      const { submissionId } = entry;
      const claim = await ledger.claimCode({ submissionId, normalisedHash: report.normalised });
      if (claim.owner === 'other') {
        throw crusadesError('code_duplicate', {
          block: claim.commitBlock,
          hotkey: claim.hotkey,
          submission: claim.submissionId,
        });
      }
      const { policy, normalised, sketch, findings } = report;
      const resembles = await compareCode(ledger, submissionId, sketch);
      return { policy, normalised, warnings: findings.length, ...(resembles && { resembles }) };
    },
  });

export type CodeActivities = ReturnType<typeof createCodeActivities>;

/** Waits between the tries of a miner's host: a restart of it must not cost the submission. */
const WAITS_MS = [5_000, 15_000];

/**
 * Tries again what a miner's host failed at, and then says that it was tried: unlike an error of ours, such a failure
 * is not for Temporal to try again without end.
 */
async function withinTries<T>(fetching: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetching();
    } catch (error) {
      if (!(error instanceof CrusadesError) || error.definition.fault !== 'miner') throw error;
      const wait = WAITS_MS[tries - 1];
      if (!error.definition.retryable || wait === undefined) {
        throw new CrusadesError(error.code, { ...error.details, tries }, { cause: error });
      }
      await sleep(wait);
    }
  }
}

function refuseFindings({ ok, policy, findings }: ScanReport): void {
  if (ok) return;
  const rejecting = findings.filter(({ severity }) => severity === 'reject');
  const first = rejecting[0];
  throw crusadesError('scan_rejected', {
    count: rejecting.length,
    line: first?.line ?? 0,
    rule: first?.rule ?? 'unknown',
    policy,
    findings: findings.slice(0, MOST_FINDINGS),
  });
}
