import { existsSync, readFileSync } from 'node:fs';

/**
 * @typedef {{passed: number, failed: number, skipped: {title: string, reason: string}[]}} Counts
 */

/** A step that is right or wrong as a whole. */
export const single = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] });

/** What scripts/mocha-reporter.mjs wrote; a run that ended without it counts as one failure. */
export function mochaCounts(file, code) {
  if (!existsSync(file)) return single(false);
  const counts = JSON.parse(readFileSync(file, 'utf8'));
  // A crash after the last test, or a process that would not end.
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: counts.failed + 1 };
}

/** What pytest wrote as JUnit XML. Exit code 5: no tests. */
export function pytestCounts(file, code) {
  if (!existsSync(file)) return single(false);
  const xml = readFileSync(file, 'utf8');
  const number = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = [
    ...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)"[^>]*><skipped[^>]* message="([^"]*)"/g),
  ].map(([, file, name, reason]) => ({ title: `${file} ${unescape(name)}`, reason: unescape(reason) }));
  const passed = number('tests') - failed - number('skipped');
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed, skipped };
}

export const sum = (all) => ({
  passed: all.reduce((total, { passed }) => total + passed, 0),
  failed: all.reduce((total, { failed }) => total + failed, 0),
  skipped: all.flatMap(({ skipped }) => skipped),
});

const ENTITIES = { quot: '"', amp: '&', lt: '<', gt: '>', apos: "'", '#10': ' ' };

const unescape = (text) => text.replace(/&(#?\w+);/g, (whole, name) => ENTITIES[name] ?? whole);
