import { expect } from 'chai';
import { describe, it } from 'mocha';
import { EventCatalogue, schemaVersionOf, UnreadableEvent } from '../../../src/application/event-catalogue.js';
import { event } from '../../../src/domain/event.js';
import { count, text } from '../../../src/domain/shape.js';
import { orderEvents } from '../../../src/domain/ticketing/order-events.js';
import { openCatalogue } from '../../../src/main/catalogue.js';

const stored = (type: string, version: number, data: unknown) => ({
  stream: 'thing-1',
  revision: 0n,
  type,
  metadata: version === 1 ? '{}' : `{"schemaVersion":${version}}`,
  data: typeof data === 'string' ? data : JSON.stringify(data),
});

const widened = {
  ThingHappened: event(
    3,
    { name: text, amountMinor: count, currency: text },
    {
      1: (data: { name: string; amount: number }) => ({ name: data.name, amountMinor: data.amount * 100 }),
      2: (data: object) => ({ ...data, currency: 'EUR' }),
    },
  ),
};

const caused = { correlationId: 'c', causationId: 'd' };
const good = { name: 'a', amountMinor: 1, currency: 'EUR' };

describe('the message contract (STR-6)', () => {
  const catalogue = new EventCatalogue(widened);

  it('brings an old version up step by step', () => {
    const read = catalogue.decode(stored('ThingHappened', 1, { name: 'a', amount: 12 }));
    expect(read.data).to.deep.equal({ name: 'a', amountMinor: 1200, currency: 'EUR' });
  });

  it('writes the version first into the metadata, and none where it is 1', () => {
    const written = catalogue.encode({ type: 'ThingHappened', data: good }, caused);
    expect(written.metadata).to.equal('{"schemaVersion":3,"correlationId":"c","causationId":"d"}');
    expect(schemaVersionOf(written)).to.equal(3);
    expect(catalogue.decode({ stream: 'thing-1', revision: 0n, ...written }).data).to.deep.equal(good);
    const plain = new EventCatalogue({ Plain: event(1, { name: text }) });
    const { metadata } = plain.encode({ type: 'Plain', data: { name: 'a' } }, caused);
    expect(metadata).to.equal(JSON.stringify(caused));
    expect(schemaVersionOf({ metadata })).to.equal(1);
    expect(schemaVersionOf({ metadata: '{"schemaVersion":12}' })).to.equal(12);
  });

  it('lets a field pass that it does not know', () => {
    const data = { name: 'a', amountMinor: 1, currency: 'EUR', colour: 'red' };
    expect(catalogue.decode(stored('ThingHappened', 3, data)).data).to.deep.equal(data);
  });

  it('refuses an unknown type, a newer version, broken JSON and a payload that does not fit, each by its place', () => {
    const cases: readonly [ReturnType<typeof stored>, RegExp][] = [
      [stored('Other', 1, good), /Other v1 at thing-1@0: unknown type/],
      [stored('ThingHappened', 4, good), /newer than version 3/],
      [stored('ThingHappened', 3, '{'), /JSON/],
      [stored('ThingHappened', 3, { ...good, amountMinor: 1.5 }), /ThingHappened\.amountMinor must be a whole number/],
      [stored('ThingHappened', 3, { ...good, name: 7 }), /ThingHappened\.name must be a text/],
    ];
    for (const [one, message] of cases) expect(() => catalogue.decode(one)).to.throw(UnreadableEvent, message);
  });

  it('refuses at the start a version without an upcaster, and a name declared twice', () => {
    expect(() => new EventCatalogue({ Gap: event(3, { name: text }, { 1: (data) => data }) })).to.throw(
      /Gap has no upcaster from version 2/,
    );
    expect(() => new EventCatalogue(widened, widened)).to.throw(/declared twice/);
  });

  it('does not let a decider write what its declaration refuses', () => {
    expect(() => catalogue.encode({ type: 'ThingHappened', data: { name: 'a' } }, caused)).to.throw(/amountMinor/);
    expect(() => catalogue.encode({ type: 'Other', data: {} }, caused)).to.throw(/not declared/);
  });

  it('has every event of the platform once, in the past tense, with a version and a schema', () => {
    const { types } = openCatalogue();
    expect(types.size).to.be.greaterThan(40);
    for (const [name, { version, data }] of types) {
      expect(name).to.match(/^[A-Z][A-Za-z]+(?:ed|Held|Sold|Lost|Forgone|Kept|Paid|Done|Unknown|Required|In|Out)$/);
      expect(version, name).to.be.greaterThan(0);
      expect(data.schema, name).to.include({ type: 'object' });
    }
  });

  it('tells buyer, order lines and time of a purchase in one event (OPS-29)', () => {
    const { required } = orderEvents.OrderPlaced.data.schema;
    expect(required).to.include.members(['buyer', 'lines', 'total', 'placedAt', 'saleId', 'orderId']);
  });
});
