import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

const { EVENT_RUN_END, EVENT_SUITE_BEGIN, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } =
  mocha.Runner.constants;

/**
 * A line for each suite at the top, every failure in full, every skipped test with its reason
 * (test/support/skip.ts), and the counts as JSON in the file named by the option `summary`.
 */
class SummaryReporter extends mocha.reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    let suite;

    runner.on(EVENT_SUITE_BEGIN, (begun) => {
      if (!begun.parent?.root) return;
      this.closeSuite(suite);
      suite = { title: begun.title, passed: 0, failed: 0, skipped: 0, started: Date.now() };
    });
    runner.on(EVENT_TEST_PASS, () => suite && suite.passed++);
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      if (suite) suite.failed++;
      console.log(`  FAILED ${test.fullTitle()}\n    ${firstLine(error)}`);
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      if (suite) suite.skipped++;
      skipped.push({ title: test.fullTitle(), reason: reasonOf(test) });
    });
    runner.once(EVENT_RUN_END, () => {
      this.closeSuite(suite);
      this.epilogue();
      const { passes, failures } = this.stats;
      const summary = options.reporterOptions?.summary;
      if (summary) writeFileSync(summary, JSON.stringify({ passed: passes, failed: failures, skipped }));
    });
  }

  closeSuite(suite) {
    if (!suite) return;
    const { title, passed, failed, skipped, started } = suite;
    const counts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`];
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`  ${title}: ${counts.filter(Boolean).join(', ')} (${seconds} s)`);
  }
}

const firstLine = (error) => String(error?.message ?? error).split('\n')[0];

const reasonOf = (runnable) =>
  runnable ? (runnable.skipReason ?? reasonOf(runnable.parent)) : 'no reason given';

export { SummaryReporter as default, SummaryReporter as 'module.exports' };
