import { randomUUID } from 'node:crypto';
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/infrastructure/clock/system-clock.js';
import { EmbeddedEventStore } from '../../src/infrastructure/event-store/embedded/embedded-event-store.js';
import { uuidIds } from '../../src/infrastructure/ids/uuid-ids.js';
import { sampleData, sampleMetadata } from './sample.js';

const writers = 16;
const [folder = ''] = process.argv.slice(2);

const store = await EmbeddedEventStore.open({ folder, clock: systemClock });

/** At once, whatever the event loop does; a pipe that is full takes a part, or nothing yet. */
const tell = (text: string): void => {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (cause) {
      if (!String(cause).includes('EAGAIN')) throw cause;
    }
  }
};

tell('{"ready":true}\n');

/** Appends until it is killed, and tells stream, revision and id of each event that was acknowledged, at once. */
const write = async (writer: number): Promise<never> => {
  const stream = `sale-${randomUUID()}`;
  for (let next = 0n; ; ) {
    const events = Array.from({ length: 1 + (writer % 10) }, () => {
      return { id: uuidIds.next(), type: 'PlacesHeld', data: sampleData, metadata: sampleMetadata };
    });
    await store.append(stream, events, next === 0n ? 'no-stream' : next - 1n);
    tell(events.map(({ id }, index) => `${stream} ${next + BigInt(index)} ${id}\n`).join(''));
    next += BigInt(events.length);
  }
};

await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
