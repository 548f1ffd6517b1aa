import { LEFT_OUT } from './findings.js';
import type { Severity } from './report.js';
import { RULES } from './rules/index.js';
import { TEXT_RULES } from './scan-source.js';

/** A rule as whoever reports findings needs it. */
export interface RuleDescription {
  readonly id: string;
  readonly severity: Severity;
  /** One sentence. */
  readonly description: string;
  readonly remedy: string;
}

/** Every rule that a finding may name: of the text, of the report, then of the syntax tree. */
export const RULE_LIST: readonly RuleDescription[] = [
  ...Object.entries(TEXT_RULES).map(([id, { description, remedy }]) => ({
    ...{ id, description, remedy },
    severity: 'reject' as const,
  })),
  LEFT_OUT,
  ...RULES.map(({ id, severity, description, remedy }) => ({ id, severity, description, remedy })),
];
