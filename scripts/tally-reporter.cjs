const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** Prints what mocha's own `spec` prints, and leaves the counts in the file that the option `tally` names. */
class Tally extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats;
      writeFileSync(options.reporterOptions.tally, JSON.stringify({ passes, failures, pending }));
    });
  }
}

module.exports = Tally;
