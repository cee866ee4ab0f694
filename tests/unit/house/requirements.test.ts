import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exists, read, tableRows, testsNamedIn } from '../../support/checkout.js';

const counts = { CORE: 10, TIX: 31, PAY: 55, STR: 25, CLK: 41, OPS: 44 };
const rows = tableRows(read('docs/requirements.md'));

describe('docs/requirements.md', () => {
  it('has every id once, in order', () => {
    const ids = Object.entries(counts).flatMap(([area, count]) =>
      Array.from({ length: count }, (_, index) => `${area}-${index + 1}`),
    );
    expect(rows.map(([id]) => id)).to.deep.equal(ids);
  });

  for (const [id = '', what, status = '', proof = ''] of rows) {
    it(`${id} has a status, and tests that exist`, () => {
      expect(what).to.not.equal('');
      expect(status).to.match(/^(done|not|in part: .+)$/);
      const tests = testsNamedIn(proof);
      expect(tests.filter((path) => !exists(path))).to.deep.equal([]);
      if (status === 'done') expect(tests).to.not.deep.equal([]);
    });
  }
});
