import { expect } from 'chai';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { RememberedCommands } from '../../../src/application/remembered-commands.js';

const limit = 5;
const id = fc.constantFrom('a', 'b', 'c', 'ab', 'bc', 'd', 'e', 'f', 'g', 'h');

describe('remembered commands', () => {
  it('are the last of those that were added, also when they are put down and taken up in between', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), id, fingerprint: fc.constantFrom('', 'x', 'y') }),
      fc.record({ kind: fc.constant('put down' as const) }),
      fc.record({ kind: fc.constant('look' as const), times: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (script) => {
        let remembered = new RememberedCommands(limit);
        const model: { readonly id: string; readonly fingerprint: string }[] = [];
        for (const one of script) {
          if (one.kind === 'add') {
            // As the command handler does: what is remembered makes no events again.
            if (remembered.fingerprintOf(one.id) === undefined) {
              remembered.add(one.id, one.fingerprint);
              model.push(one);
            }
          } else if (one.kind === 'put down') remembered = new RememberedCommands(limit, remembered.text);
          else
            for (let time = 0; time < one.times; time++)
              expect(remembered.fingerprintOf('another')).to.equal(undefined);
          const last = model.slice(-limit);
          expect(last.map((known) => remembered.fingerprintOf(known.id))).to.deep.equal(
            last.map(({ fingerprint }) => fingerprint),
          );
          expect(remembered.text).to.equal(
            last.map((known) => `${`${known.id} ${known.fingerprint}`.trim()}\n`).join(''),
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('take bounded memory', () => {
    const remembered = new RememberedCommands(100);
    for (let n = 0; n < 1_000; n++) remembered.add(`command ${n}`);
    expect(remembered.fingerprintOf('command 899')).to.equal(undefined);
    expect(remembered.fingerprintOf('command 900')).to.equal('');
    expect(remembered.sizeBytes).to.be.at.most(100 * 170);
  });
});
