/**
 * What an official client of EventStoreDB does with a server: `client-story.js <package> <url>` writes what came of it as one
 * line of JSON. In a process of its own, as two of these clients can't live in one.
 */
const [packageName = '', url = ''] = process.argv.slice(2);

type Official = typeof import('@eventstore/db-client');
const official: Official & { KurrentDBClient?: Official['EventStoreDBClient'] } = await import(packageName);
const { jsonEvent, binaryEvent, NO_STREAM, STREAM_EXISTS, ANY, START, END, BACKWARDS, streamNameFilter } = official;
const client = (official.KurrentDBClient ?? official.EventStoreDBClient).connectionString(url);

const typeOf = (error: unknown): unknown =>
  error instanceof Error && 'type' in error ? error.type : error instanceof Error ? error.message : error;
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no failure', typeOf);
/** One client calls it the expected revision, the other the state of the stream. */
const expecting = <T>(state: T) => ({ expectedRevision: state, streamState: state });
const event = (type: string, n = 0) => jsonEvent({ type, data: { n }, metadata: { by: 'story' } });

type Read = AsyncIterable<{ event?: { type: string; revision: bigint; data: unknown; metadata: unknown } | undefined }>;
const typesIn = async (read: Read): Promise<string[]> => {
  const types: string[] = [];
  for await (const { event } of read) types.push(event === undefined ? '' : `${event.revision} ${event.type}`);
  return types;
};

const story: Record<string, unknown> = {};

const twice = [event('Opened', 1), event('Held', 2)];
const appended = await client.appendToStream('sale-1', twice, expecting(NO_STREAM));
story.appended = [appended.success, appended.nextExpectedRevision, appended.position !== undefined];
const again = await client.appendToStream('sale-1', twice, expecting(NO_STREAM));
story.again = [again.nextExpectedRevision, again.position?.commit === appended.position?.commit];
story.conflict = await client
  .appendToStream('sale-1', event('Held'), expecting(7n))
  .catch((error) => [
    typeOf(error),
    error.streamName,
    error.expectedVersion ?? error.expectedState,
    error.actualVersion ?? error.actualState,
  ]);
story.missing = await failure(client.appendToStream('sale-2', event('Held'), expecting(STREAM_EXISTS)));
await client.appendToStream('sale-1', event('Closed', 3), expecting(ANY));
story.tooLarge = await failure(
  client.appendToStream('sale-1', jsonEvent({ type: 'Big', data: { text: 'x'.repeat(1_100_000) } })),
);

story.forwards = await typesIn(client.readStream('sale-1', { fromRevision: START }));
story.backwards = await typesIn(client.readStream('sale-1', { fromRevision: END, direction: BACKWARDS, maxCount: 2 }));
story.from = await typesIn(client.readStream('sale-1', { fromRevision: 1n }));
story.unknown = await failure(typesIn(client.readStream('sale-3')));
story.content = [];
for await (const { event } of client.readStream('sale-1', { maxCount: 1 })) {
  const age = Date.now() - (event?.created.getTime() ?? 0);
  story.content = [
    event?.id === twice[0]?.id,
    event?.data,
    event?.metadata,
    event?.isJson,
    age >= -1_000 && age < 60_000,
  ];
}

const bytes = Uint8Array.from([0, 255, 1, 128]);
await client.appendToStream('picture', binaryEvent({ type: 'Drawn', data: bytes, metadata: bytes }));
for await (const { event } of client.readStream('picture')) {
  story.binary = [event?.isJson, Buffer.from(event?.data as Uint8Array).toString('hex')];
}

const inAll = (types: readonly string[]): string[] => types.filter((type) => !type.includes('$'));
story.all = inAll(await typesIn(client.readAll({ fromPosition: START, maxCount: 1_000 })));
story.allBackwards = inAll(await typesIn(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 2 })));
story.allFrom = await typesIn(client.readAll({ fromPosition: appended.position ?? START, maxCount: 1 }));

let checkpoints = 0;
const filter = streamNameFilter({
  prefixes: ['order-'],
  checkpointInterval: 1,
  checkpointReached: async () => {
    checkpoints += 1;
  },
});
const subscription = client.subscribeToAll({ fromPosition: START, filter });
let isCaughtUp = false;
subscription.on('caughtUp', () => {
  isCaughtUp = true;
});
void (async () => {
  for (let n = 0; n < 40; n++) await client.appendToStream('sale-1', event('Held', n));
  await client.appendToStream('order-1', event('Placed'));
})();
for await (const { event } of subscription) {
  story.subscribed = [event?.streamId, event?.type, isCaughtUp, checkpoints > 0];
  break;
}

const live = client.subscribeToStream('order-2', { fromRevision: START });
void client.appendToStream('order-2', [event('Placed'), event('Paid')]);
const lived: string[] = [];
for await (const { event } of live) {
  lived.push(`${event?.revision} ${event?.type}`);
  if (lived.length === 2) break;
}
story.live = lived;

await client.setStreamMetadata('sale-1', { maxCount: 2 });
story.metadata = (await client.getStreamMetadata('sale-1')).metadata;
story.kept = (await typesIn(client.readStream('sale-1'))).length;
await client.setStreamMetadata('order-2', { truncateBefore: 1 });
story.truncated = await typesIn(client.readStream('order-2'));

story.wrongDelete = await failure(client.deleteStream('order-1', expecting(9n)));
await client.deleteStream('order-1', expecting(0n));
story.deleted = await failure(typesIn(client.readStream('order-1')));
await client.appendToStream('order-1', event('Placed anew'), expecting(NO_STREAM));
story.revived = await typesIn(client.readStream('order-1'));
await client.tombstoneStream('order-1');
story.tombstoned = [
  await failure(typesIn(client.readStream('order-1'))),
  await failure(client.appendToStream('order-1', event('Placed'))),
  await failure(client.deleteStream('order-1')),
];
story.persistent = await client
  .createPersistentSubscriptionToStream(
    'order-2',
    'group',
    official.persistentSubscriptionToStreamSettingsFromDefaults(),
  )
  .then(
    () => 'created',
    (error) => String(error.message),
  );

const text = JSON.stringify(story, (_name, value) => (typeof value === 'bigint' ? String(value) : value));
process.stdout.write(`${text}\n`, () => process.exit());
