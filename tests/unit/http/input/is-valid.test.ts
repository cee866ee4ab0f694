import { expect } from 'chai';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import {
  IsEmailAddress,
  IsName,
  IsSeatName,
  IsUuid,
  IsWholeNumber,
  ListOf,
  Nested,
  Optional,
} from '../../../../src/infrastructure/http/input/fields.js';
import { isValid } from '../../../../src/infrastructure/http/input/is-valid.js';

class Person {
  @IsEmailAddress()
  email!: string;
  @IsName(10)
  name!: string;
}

class Wish {
  @IsUuid()
  saleId!: string;
  @Optional()
  @IsWholeNumber(1, 10)
  quantity?: number;
  @Optional()
  @ListOf({ min: 1, max: 3, unique: true })
  @IsSeatName({ each: true })
  seats?: string[];
  @Nested(() => Person)
  buyer!: Person;
  @Optional()
  @ListOf({ min: 1, max: 2 })
  @Nested(() => Person)
  guests?: Person[];
}

class WiderWish extends Wish {
  @IsName(5)
  venue!: string;
}

const odd: readonly unknown[] = [null, '', 0, 1.5, true, {}, 'x'];
const oddOr = <T>(good: fc.Arbitrary<T>, ...others: readonly unknown[]) =>
  fc.oneof({ weight: 40, arbitrary: good as fc.Arbitrary<unknown> }, fc.constantFrom(...odd, ...others));
const often = <T>(good: fc.Arbitrary<T>) => oddOr(good, undefined, [], ['A1', 'A1']);
const person = fc
  .record({ email: often(fc.constant('ana@example.com')), name: often(fc.constant('Ana')) })
  .map((fields) => Object.assign(new Person(), fields));
// No lists as entries of lists: those are refused before.
const fieldsOfWish = {
  saleId: often(fc.uuid()),
  quantity: often(fc.integer({ min: 0, max: 11 })),
  seats: often(fc.array(fc.constantFrom('A1', 'A2', 'B 12', '1234567'), { maxLength: 4 })),
  buyer: often(person),
  guests: often(fc.array(oddOr(person), { maxLength: 3 })),
};

describe('the quick check of a request', () => {
  it('finds fault where class-validator does, and nowhere else', () => {
    const found = { good: 0, bad: 0 };
    const wishes = fc.oneof(
      fc.record(fieldsOfWish).map((fields) => Object.assign(new Wish(), fields)),
      fc.record({ ...fieldsOfWish, venue: often(fc.constant('Hall')) }).map((it) => Object.assign(new WiderWish(), it)),
    );
    fc.assert(
      fc.property(wishes, (wish) => {
        const isFine = validateSync(wish, { stopAtFirstError: true, forbidUnknownValues: true }).length === 0;
        found[isFine ? 'good' : 'bad'] += 1;
        expect(isValid(wish)).to.equal(isFine);
      }),
      { numRuns: 1_000 },
    );
    expect(found.good).to.be.greaterThan(20);
    expect(found.bad).to.be.greaterThan(20);
  });

  it('leaves what has no rules to class-validator', () => {
    expect(isValid(new (class {})())).to.equal(false);
    expect(isValid({})).to.equal(false);
  });
});
