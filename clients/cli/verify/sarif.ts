import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { crusadesError, definitionOf, isErrorCode, type ErrorReport } from '../../../lib/errors/index.js';
import { POLICY, type Finding } from '../../../lib/scan/index.js';
import { RULE_LIST } from '../../../lib/scan/rule-list.js';
import { packaged } from '../../../lib/settings/index.js';
import { isOutOfSpace } from '../action.js';
import { isAddress } from './targets.js';
import { exitCodeOfVerdicts, sha256Of, type FileVerdict } from './verdict.js';

/** Address of the schema that the standard itself names. */
const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json';
const BASE = 'PROJECTROOT';

export interface SarifContext {
  /** Of this program. */
  readonly version: string;
  /** Folder that relative places count from. */
  readonly folder: string;
}

/**
 * The verdicts as a log of SARIF 2.1.0, which editors and code hosts show beside the code. Findings and failed runs
 * are results; what could not be read is a notification of the invocation.
 */
export const sarifLog = (verdicts: readonly FileVerdict[], { version, folder }: SarifContext) => {
  const failedRuns = [...new Set(verdicts.flatMap(({ run }) => run?.error?.code ?? []))];
  const rules = [...RULE_LIST.map(scanRule), ...failedRuns.map(errorRule)];
  const indexOf = new Map(rules.map(({ id }, index) => [id, index]));
  const located = (file: string) => artifactLocation(file, folder);
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'crusades',
            version,
            ...{ rules, notifications: notificationRules(verdicts) },
            properties: { policy: POLICY.version },
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [BASE]: { uri: `${pathToFileURL(folder).href}/` } },
        invocations: [invocation(verdicts, located)],
        artifacts: verdicts.map(({ file, text }) => ({
          location: located(file),
          roles: ['analysisTarget'],
          sourceLanguage: 'python',
          ...(text !== null && { hashes: { 'sha-256': sha256Of(text) } }),
        })),
        results: verdicts.flatMap(({ file, report, run }, index) => {
          const artifact = { ...located(file), index };
          return [
            ...(report?.findings ?? []).map((finding) => findingResult(finding, artifact, indexOf)),
            ...(run?.error ? [runResult(run.error, artifact, indexOf)] : []),
          ];
        }),
      },
    ],
  };
};

const scanRule = ({ id, severity, description, remedy }: (typeof RULE_LIST)[number]) => ({
  id,
  shortDescription: { text: description },
  help: { text: remedy },
  helpUri: referencePage('scan-rules', `${id}-${severity}`),
  defaultConfiguration: { level: levelOf(severity) },
});

const errorRule = (code: string) => {
  const definition = isErrorCode(code) ? definitionOf(code) : null;
  return {
    id: code,
    // Braces would be placeholders of SARIF's own.
    shortDescription: { text: (definition?.message ?? code).replace(/\{\w+\}/g, '…') },
    help: { text: (definition?.remedy ?? '').replace(/\{\w+\}/g, '…') || 'The message says what to do.' },
    helpUri: referencePage('errors'),
    defaultConfiguration: { level: 'error' },
  };
};

const notificationRules = (verdicts: readonly FileVerdict[]) =>
  [...new Set(verdicts.flatMap(({ error }) => error?.code ?? []))].map(errorRule);

/** The page as it lies beside this program: a SARIF reader takes absolute addresses only. */
const referencePage = (page: string, anchor?: string): string =>
  `${pathToFileURL(packaged(`docs/reference/${page}.md`)).href}${anchor === undefined ? '' : `#${anchor}`}`;

const levelOf = (severity: Finding['severity']): string => (severity === 'reject' ? 'error' : 'warning');

type Located = (file: string) => ReturnType<typeof artifactLocation>;
type Artifact = ReturnType<typeof artifactLocation> & { readonly index: number };

const findingResult = (finding: Finding, artifact: Artifact, indexOf: ReadonlyMap<string, number>) => ({
  ruleId: finding.rule,
  ruleIndex: indexOf.get(finding.rule) ?? -1,
  level: levelOf(finding.severity),
  message: { text: `${finding.reason} ${finding.remedy}` },
  locations: [
    {
      physicalLocation: {
        artifactLocation: artifact,
        region: {
          startLine: finding.line,
          startColumn: finding.column,
          endLine: finding.endLine,
          endColumn: finding.endColumn,
        },
      },
    },
  ],
});

const runResult = (error: ErrorReport, artifact: Artifact, indexOf: ReadonlyMap<string, number>) => ({
  ruleId: error.code,
  ruleIndex: indexOf.get(error.code) ?? -1,
  level: 'error',
  message: { text: `${error.message} ${error.remedy}` },
  locations: [{ physicalLocation: { artifactLocation: artifact } }],
});

const invocation = (verdicts: readonly FileVerdict[], located: Located) => {
  const unread = verdicts.flatMap(({ file, error }, index) => (error ? [{ file, error, index }] : []));
  return {
    executionSuccessful: unread.length === 0,
    exitCode: exitCodeOfVerdicts(verdicts),
    toolExecutionNotifications: unread.map(({ file, error, index }) => ({
      descriptor: { id: error.code },
      level: 'error',
      message: { text: `${error.message} ${error.remedy}` },
      locations: [{ physicalLocation: { artifactLocation: { ...located(file), index } } }],
    })),
  };
};

/** A file beneath the folder by its way from there, so that the log means the same on other machines. */
const artifactLocation = (
  file: string,
  folder: string,
): { readonly uri: string; readonly uriBaseId?: string } => {
  if (isAddress(file)) return { uri: encodeURI(file) };
  const way = path.relative(folder, path.resolve(folder, file));
  if (way.startsWith('..') || path.isAbsolute(way)) {
    return { uri: pathToFileURL(path.resolve(folder, file)).href };
  }
  return { uri: way.split(path.sep).map(encodeURIComponent).join('/'), uriBaseId: BASE };
};

/** @throws `argument_invalid` when it cannot be written there; a full disk as it is, which is no fault of the argument */
export const writeSarif = async (file: string, log: ReturnType<typeof sarifLog>): Promise<void> => {
  try {
    await writeFile(file, `${JSON.stringify(log, undefined, 2)}\n`);
  } catch (error) {
    if (isOutOfSpace(error)) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const reason = `${file} cannot be written (${code})`;
    throw crusadesError('argument_invalid', { argument: '--sarif', reason }, { cause: error });
  }
};
