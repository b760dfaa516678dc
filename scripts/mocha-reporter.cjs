// Mocha's own `spec` output, and beside it one JSON file that scripts/test.mjs reads: what passed, failed and was
// skipped, and why. Path of the file: --reporter-option results=FILE.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

const { reporters, Runner } = Mocha.default ?? Mocha;
const { EVENT_RUN_END, EVENT_TEST_PENDING, EVENT_TEST_PASS, EVENT_TEST_FAIL } = Runner.constants;

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const results = { passed: 0, failed: 0, skipped: [] };
    runner.on(EVENT_TEST_PASS, () => (results.passed += 1));
    runner.on(EVENT_TEST_FAIL, () => (results.failed += 1));
    runner.on(EVENT_TEST_PENDING, (test) => results.skipped.push({ title: test.fullTitle(), reason: reasonOf(test) }));
    runner.once(EVENT_RUN_END, () => {
      const file = options.reporterOptions?.results ?? options.reporterOption?.results;
      if (file) writeFileSync(file, JSON.stringify(results));
    });
  }
};

/** The reason that `needs` (packages/testkit) left at the test, or at the suite whose `before` skipped it. */
function reasonOf(test) {
  for (let node = test; node; node = node.parent) if (node.skipReason) return node.skipReason;
  return undefined;
}
