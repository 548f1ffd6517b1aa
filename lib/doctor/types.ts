/** `warn`: it works, but not as well as it could. */
export type FindingStatus = 'ok' | 'warn' | 'fail';

/** What the doctor found out about one thing. */
export interface Finding {
  readonly name: string;
  readonly status: FindingStatus;
  readonly detail: string;
  /** What to do, for all that is not `ok`. */
  readonly remedy: string | null;
}

export const ok = (name: string, detail: string): Finding => ({ name, status: 'ok', detail, remedy: null });

export const warn = (name: string, detail: string, remedy: string): Finding => ({
  name,
  status: 'warn',
  detail,
  remedy,
});

export const fail = (name: string, detail: string, remedy: string): Finding => ({
  name,
  status: 'fail',
  detail,
  remedy,
});
