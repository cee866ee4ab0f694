import { expect } from 'chai';
import { describe, it } from 'mocha';
import { exists, read, tableRows, testsNamedIn } from '../../support/checkout.js';

describe('docs/guarantees.md', () => {
  const rows = tableRows(read('docs/guarantees.md'));

  it('lists promises', () => {
    expect(rows.length).to.be.at.least(7);
  });

  for (const [promise = '', mechanism, proof = ''] of rows) {
    it(`${promise}: names a test that exists, or says "not yet"`, () => {
      expect(mechanism).to.not.equal('');
      const tests = testsNamedIn(proof);
      expect(tests.filter((path) => !exists(path))).to.deep.equal([]);
      if (tests.length === 0) expect(proof).to.equal('not yet');
    });
  }
});
