import { expect } from 'chai';
import { describe, it } from 'mocha';
import { Admission } from '../../../../src/infrastructure/http/frame/admission.js';
import { until } from '../../../support/until.js';

const enter = (admission: Admission, count: number, isSheddable: boolean): number =>
  Array.from({ length: count }, () => admission.enter(isSheddable)).filter((isAdmitted) => isAdmitted).length;

const holdUp = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('admission', () => {
  it('lets in so many at a time, and others when those have gone', () => {
    const admission = new Admission({ maxInFlight: 3 });
    expect(enter(admission, 5, false)).to.equal(3);
    for (let n = 0; n < 3; n++) admission.leave();
    expect(admission.inFlight).to.equal(2);
    expect(admission.enter(false)).to.equal(true);
    expect(admission.enter(false)).to.equal(false);
  });

  it('sheds what may be shed while the process is late, down to a least number, and never the rest', () => {
    const admission = new Admission({ maxInFlight: 100, minLimit: 10, eventLoopDelayMs: 50 });
    enter(admission, 50, true);
    const limits = Array.from({ length: 12 }, () => {
      admission.observe(51);
      return admission.limit;
    });
    expect(limits.slice(0, 3)).to.deep.equal([40, 32, 25]);
    expect(limits.at(-1)).to.equal(10);
    expect(admission.enter(true)).to.equal(false);
    expect(enter(admission, 49, false)).to.equal(49);
    expect(admission.enter(false)).to.equal(false);
  });

  it('opens again step by step once the process is in time, and at once when nothing is left', () => {
    const admission = new Admission({ maxInFlight: 100, minLimit: 10, eventLoopDelayMs: 50 });
    enter(admission, 20, true);
    for (let n = 0; n < 12; n++) admission.observe(500);
    admission.observe(50);
    expect(admission.limit).to.equal(12);
    for (let n = 0; n < 20; n++) admission.observe(0);
    expect(admission.limit).to.equal(100);
    for (let n = 0; n < 12; n++) admission.observe(500);
    for (let n = 0; n < 20; n++) admission.leave();
    expect(admission.limit).to.equal(100);
  });

  it('sees by itself that the event loop is late', async () => {
    const admission = new Admission({ maxInFlight: 100, minLimit: 5, eventLoopDelayMs: 50 });
    enter(admission, 60, true);
    await until('the limit falls', () => {
      holdUp(120);
      return admission.limit < 40;
    });
    expect(admission.enter(true)).to.equal(false);
  });
});
