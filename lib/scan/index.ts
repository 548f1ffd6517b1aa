export { POLICY } from './policy.js';
export type { Finding, ScanReport, Severity } from './report.js';
export { createScanner, type Scanner, type ScannerOptions } from './scanner.js';
