/** `reject` ends the submission; `warn` is advice, or something that only the evaluation can judge. */
export type Severity = 'reject' | 'warn';

/** One place in a file that a rule speaks about. Lines and columns count from 1, columns in UTF-16 units. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** First column after the place. */
  readonly endColumn: number;
  /** The offending text, its first line, cut. */
  readonly text: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface ScanReport {
  /** No finding of severity `reject`. */
  readonly ok: boolean;
  /** Version of the policy that judged. */
  readonly policy: string;
  /** Of the file's UTF-8 bytes, hex. */
  readonly sha256: string;
  /**
   * Hash of what the file does: equal for files that differ only in comments, docstrings, formatting, the
   * body of the main guard and the names that they give to things of their own. Empty when it does not parse.
   */
  readonly normalised: string;
  /** From the same text as `normalised`: how much two files have in common (`sketch.ts`). Empty when it does not parse. */
  readonly sketch: string;
  readonly seconds: number;
  /** In order of place. */
  readonly findings: readonly Finding[];
}
