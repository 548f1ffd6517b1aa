import { CATALOGUE, type ErrorCode } from './catalogue/index.js';
import type { ErrorDefinition } from './define.js';

type FieldsOf<Text extends string> = Text extends `${string}{${infer Field}}${infer Rest}`
  ? Field | FieldsOf<Rest>
  : never;

/** The details that an error's texts name. */
export type ErrorDetails<Code extends ErrorCode> = Readonly<
  Record<
    FieldsOf<(typeof CATALOGUE)[Code]['message']> | FieldsOf<(typeof CATALOGUE)[Code]['remedy']>,
    string | number
  >
>;

/** Details of any code, with whatever else helps whoever reads the record. */
export type AnyDetails = Readonly<Record<string, unknown>>;

/** An error of the catalogue as plain data: what travels through Temporal, into the ledger and to people. */
export interface ErrorReport {
  readonly code: string;
  readonly stage: string;
  readonly fault: string;
  readonly retryable: boolean;
  readonly final: boolean;
  readonly message: string;
  readonly remedy: string;
  readonly details: AnyDetails;
}

export interface CrusadesErrorOptions extends ErrorOptions {
  /** What happened in this case, where somebody has said it already; else the catalogue's message. */
  readonly message?: string;
}

/** A foreseeable fault. Make it with {@link crusadesError}; whatever else is thrown is a defect of ours. */
export class CrusadesError extends Error {
  override readonly name = 'CrusadesError';

  constructor(
    readonly code: ErrorCode,
    readonly details: AnyDetails,
    options?: CrusadesErrorOptions,
  ) {
    super(options?.message ?? fillIn(definitionOf(code).message, details), options);
  }

  get definition(): ErrorDefinition {
    return definitionOf(this.code);
  }

  get remedy(): string {
    return fillIn(this.definition.remedy, this.details);
  }

  report(): ErrorReport {
    const { stage, fault, retryable, final } = this.definition;
    const { code, message, remedy, details } = this;
    return { code, stage, fault, retryable, final, message, remedy, details };
  }
}

/**
 * An error of the catalogue.
 *
 * @param code its entry
 * @param details every field that the entry's texts name; more are welcome, lists of findings for example
 */
export const crusadesError = <Code extends ErrorCode>(
  code: Code,
  details: ErrorDetails<Code> & AnyDetails,
  options?: CrusadesErrorOptions,
): CrusadesError => new CrusadesError(code, details, options);

export const definitionOf = (code: ErrorCode): ErrorDefinition => CATALOGUE[code];

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);

const fillIn = (text: string, details: AnyDetails): string =>
  text.replace(/\{(\w+)\}/g, (whole, field: string) => {
    const value = details[field];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : whole;
  });
