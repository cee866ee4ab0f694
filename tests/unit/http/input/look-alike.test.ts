import { expect } from 'chai';
import { lookAlikes } from '../../../../src/infrastructure/http/input/look-alike.js';

describe('names that look alike', () => {
  for (const [one, other] of [
    ['A1', 'a1'],
    ['A1', 'Ａ１'],
    ['A1', '\u0410' + '1'],
    ['É1', 'E\u03011'],
  ] as const) {
    it(`are found: ${one} and ${other}`, () => expect(lookAlikes(['B1', one, other])).to.deep.equal([one, other]));
  }

  it('are not those that a hall may have side by side', () => {
    expect(lookAlikes(['I1', '11', 'O1', '01', 'rn', 'm', 'Ä1', 'A1', '座1', '席1'])).to.equal(undefined);
  });
});
