import { formatCommitmentText, type PaymentReference } from '../../../lib/chain/index.js';
import { crusadesError } from '../../../lib/errors/index.js';
import { shortenUrl } from '../../../lib/fetch/index.js';
import { createScanner, type ScanReport } from '../../../lib/scan/index.js';
import type { Hparams } from '../../../lib/settings/index.js';
import { fetchSource, isUrl } from '../verify/source.js';

/** A file that may be committed, and the text that commits it. */
export interface Prepared {
  /** As it is committed: gists in their short form. */
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly report: ScanReport;
  readonly source: string;
}

/** As long as every other. */
const ANY_HASH = '0'.repeat(32);
/** No payment of the next decades stands at a place with more digits: a block of 12 s, 10,000 transactions in one. */
const LONGEST_PAYMENT: PaymentReference = { block: 99_999_999, extrinsicIndex: 9_999 };

/**
 * Everything that can be found out before the chain is touched: fetches the file as a validator will, from the
 * very URL that is committed, scans it, and makes sure that the commitment will fit, with its payment if there is one.
 *
 * @throws `fetch_*`, `scan_*`, `commitment_too_long`; a file with findings is returned
 */
export const prepare = async (url: string, hparams: Hparams, signal: AbortSignal): Promise<Prepared> => {
  const committed = shortenUrl(url);
  const longest = hparams.payment.enabled ? { payment: LONGEST_PAYMENT } : {};
  // What is no URL at all is the fetcher's to say; so far only the length is in question.
  if (isUrl(committed)) formatCommitmentText({ hash: ANY_HASH, url: committed, ...longest });
  const { text: source, sha256, bytes } = await fetchSource(url, hparams, signal);
  if (committed !== url) await requireSameFile(committed, sha256, hparams, signal);
  const scanner = createScanner();
  const abort = (): void => void scanner.close();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const report = await scanner.scan(source);
    return { url: committed, sha256, bytes, report, source };
  } finally {
    signal.removeEventListener('abort', abort);
    await scanner.close();
  }
};

/** `<32 hex digits>:<url>`, with the place of the payment between them. @throws `commitment_too_long` */
export const commitmentTextOf = ({ sha256, url }: Prepared, payment: PaymentReference | null): string =>
  formatCommitmentText({ hash: sha256.slice(0, 32), url, ...(payment && { payment }) });

/** The short form of a gist names neither file nor revision: it leads to the first file as it is now. */
const requireSameFile = async (
  url: string,
  sha256: string,
  hparams: Hparams,
  signal: AbortSignal,
): Promise<void> => {
  const short = await fetchSource(url, hparams, signal);
  if (short.sha256 === sha256) return;
  throw crusadesError('argument_invalid', {
    argument: url,
    reason:
      'the short form that fits into a commitment leads to another file than the URL that was given; ' +
      'use a gist that holds train.py alone, in its newest revision',
  });
};
