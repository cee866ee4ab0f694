import type { AllPage, EventStore, RecordedEvent } from '../../src/application/ports/event-store.js';

/** A part of a store that others use too: streams whose names begin so, without what they begin with. */
export const scopedTo = (scope: string, store: EventStore): EventStore => {
  const own = (event: RecordedEvent): RecordedEvent => ({ ...event, stream: event.stream.slice(scope.length) });
  const ownOf = (events: readonly RecordedEvent[]): readonly RecordedEvent[] =>
    events.filter(({ stream }) => stream.startsWith(scope)).map(own);
  const ownPage = (page: AllPage): AllPage => ({ ...page, events: ownOf(page.events) });
  return {
    append: (stream, events, expected) => store.append(`${scope}${stream}`, events, expected),
    read: async (stream, options) => ownOf(await store.read(`${scope}${stream}`, options)),
    readAll: async (after, options) => ownPage(await store.readAll(after, options)),
    subscribe: async function* (after, options) {
      for await (const page of store.subscribe(after, options)) yield ownPage(page);
    },
    head: () => store.head(),
    close: () => store.close(),
  };
};
