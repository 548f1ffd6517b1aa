import { LEFT_OUT } from './findings.js';
import { POLICY } from './policy.js';
import { RULES, type Rule } from './rules/index.js';
import { TEXT_RULES } from './scan-source.js';

/** The page docs/reference/scan-rules.md: every rule with its examples, and the policy's lists. */
export const scanReference = (): string =>
  [
    '# Scan rules',
    '',
    `Generated from \`lib/scan\` by \`npm run docs\`. Policy version ${POLICY.version}.`,
    '',
    'A finding of severity `reject` ends a submission; `warn` is advice, or something that only the evaluation can judge.',
    'Names in strings, comments and docstrings are never looked at. The body of a module-level',
    '`if __name__ == "__main__":` is exempt from every rule; its `else` and look-alikes are not.',
    '',
    'A rule speaks about things, not about names: it follows a value through assignments, unpacking, loops, patterns,',
    'containers, functions and classes of the file. It does not run anything, so a value is lost in a foreign function; only',
    'a module that is handed to one may come back. What can’t be followed within the bounds is refused (`too_tangled`). A',
    'file that passes is therefore not harmless, and need not be: the evaluation holds it to the work itself, in a process of its own.',
    '',
    '## Text',
    '',
    ...Object.entries(TEXT_RULES).flatMap(([id, { description, remedy }]) => [
      `### \`${id}\` (reject)`,
      '',
      description,
      '',
      `**Instead:** ${remedy}`,
      '',
    ]),
    '## The report',
    '',
    `### \`${LEFT_OUT.id}\` (${LEFT_OUT.severity})`,
    '',
    LEFT_OUT.description,
    '',
    `**Instead:** ${LEFT_OUT.remedy}`,
    '',
    ...sections().flatMap(([section, rules]) => [`## ${section}`, '', ...rules.flatMap(ruleLines)]),
    ...policyLines(),
  ].join('\n');

const sections = (): readonly (readonly [string, readonly Rule[]])[] => {
  const names = [...new Set(RULES.map(({ section }) => section))];
  return names.map((name) => [name, RULES.filter(({ section }) => section === name)]);
};

const ruleLines = ({ id, severity, description, remedy, rejected, accepted }: Rule): readonly string[] => [
  `### \`${id}\` (${severity})`,
  '',
  description,
  '',
  `**Instead:** ${remedy}`,
  '',
  severity === 'reject' ? 'Refused:' : 'Draws a warning:',
  '',
  ...rejected.flatMap(codeLines),
  'Passes:',
  '',
  ...accepted.flatMap(codeLines),
];

const codeLines = (code: string): readonly string[] => ['```python', code.trimEnd(), '```', ''];

/** Lists of the policy that a miner may want to look something up in. */
const LISTS = {
  'Forbidden modules': new Set([...POLICY.forbiddenModules, ...POLICY.forbiddenRoots]),
  'Forbidden parts of allowed modules': POLICY.forbiddenPaths,
  'Forbidden modules and parts of them under names that other modules give them': POLICY.forbiddenParts,
  'Allowed parts that share a name with a forbidden module': POLICY.namesakes,
  'Allowed modules': POLICY.allowedModules,
  'Forbidden builtins': new Set([...POLICY.codeBuiltins, ...POLICY.reflectiveBuiltins]),
  'Forbidden attributes': POLICY.forbiddenAttributes,
  'Methods that may not be defined': POLICY.hookMethods,
  'Settings functions': POLICY.backendSetters,
  'Settings of matrix products': POLICY.backendSettings,
  'Functions that turn text into code': POLICY.codePaths,
  'Functions that reach attributes by names': POLICY.reflectivePaths,
  'File functions': new Set([...POLICY.fileFunctions, ...POLICY.fileMethods]),
  'Readers of random state': POLICY.rngReaders,
  'Internals of the optimizer': POLICY.optimizerInternals,
} as const;

const policyLines = (): readonly string[] => [
  '## The policy’s lists',
  '',
  '`*.name` is this name wherever it is imported from.',
  '',
  ...Object.entries(LISTS).flatMap(([title, names]) => [
    `### ${title}`,
    '',
    [...names]
      .sort()
      .map((name) => `\`${name}\``)
      .join(', '),
    '',
  ]),
];
