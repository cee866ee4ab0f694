import { statementViolations } from '../../src/application/banking/statement-violations.js';
import { InvariantModel } from '../../src/application/invariants/invariant-model.js';
import { partitionOf } from '../../src/application/partition.js';
import {
  beginning,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '../../src/application/ports/event-store.js';
import type { Projector } from '../../src/application/views/projector.js';
import { topicCatalogue } from '../../src/infrastructure/feed/kafka/topic-catalogue.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { createProjectors } from '../../src/main/projectors.js';
import type { Backbone } from './backbone.js';
import { type Expectation, type Finding, outcomeViolations } from './outcomes.js';
import { type Published, readTopics } from './published.js';
import { checkpointOf } from './things.js';
import { until } from './until.js';

/** How much there is of everything, and what of it is not as it must be. */
export interface BackboneAudit {
  readonly events: number;
  /** Distinct events on the topics, and messages that carry them. */
  readonly published: number;
  readonly messages: number;
  readonly documents: number;
  readonly findings: readonly Finding[];
}

const { partitions } = topicCatalogue();
/** What waits for others at its longest: a bank that was away is asked again, a group that lost a member settles anew. */
const restMs = 120_000;

const allEvents = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for (let position = beginning; ; ) {
    const { events, next, isHead } = await store.readAll(position, { limit: 1_000 });
    all.push(...events);
    if (isHead) return all;
    position = next;
  }
};

const modelOf = (events: readonly RecordedEvent[]): InvariantModel => {
  const model = new InvariantModel(openCatalogue());
  for (const event of events) model.apply(event);
  return model;
};

const projectorsOn = ({ store, views }: Backbone): readonly Projector[] =>
  // Nothing is made anew here, and nobody waits for it.
  createProjectors({
    store,
    views,
    partitions,
    catalogue: openCatalogue(),
    leases: { claim: async () => undefined },
    progress: { moved: () => undefined },
  });

const caughtUp = async (backbone: Backbone, events: readonly RecordedEvent[]): Promise<void> => {
  for (const { view, types } of projectorsOn(backbone)) {
    const wanted = new Set(types);
    const ends = Array.from({ length: partitions }, (): Position => beginning);
    for (const { type, stream, position } of events) {
      if (wanted.has(type)) ends[partitionOf(stream, partitions)] = position;
    }
    for (const [partition, end] of ends.entries()) {
      const isThere = async () => (await checkpointOf(backbone.views, view, partition)) >= end;
      await until(`${view.name} has caught up in partition ${partition}`, isThere, restMs, 100);
    }
  }
};

/** Each event once at least, as it is stored, and those of a stream in their order. */
const topicFindings = (events: readonly RecordedEvent[], { first, firsts }: Published): readonly Finding[] => {
  const found: Finding[] = [];
  const find = (subject: string, detail: string): void =>
    void found.push({ invariant: 'outcome', subject, detail: `the topics ${detail}` });
  for (const { id, stream, revision, ...rest } of events) {
    const message = first.get(id);
    if (message === undefined) find(`${stream}@${revision}`, 'have not got it');
    else if (message.stream !== stream || message.revision !== revision || message.data !== rest.data)
      find(`${stream}@${revision}`, 'say something else');
  }
  const stored = new Set(events.map(({ id }) => id));
  for (const { id, stream, revision } of firsts)
    if (!stored.has(id)) find(`${stream}@${revision}`, 'have an event that is not stored');
  for (const [stream, own] of Map.groupBy(firsts, (event) => event.stream)) {
    const inOrder = own.every(({ revision }, index) => revision === BigInt(index));
    if (!inOrder) find(stream, `have ${own.map(({ revision }) => revision)}`);
  }
  return found;
};

/**
 * Waits until nothing is under way, then holds events, topics, views and what was answered against each other.
 * @throws Error naming what doesn't come to rest
 */
export const auditBackbone = async (
  backbone: Backbone,
  expectations: Iterable<Expectation> = [],
): Promise<BackboneAudit> => {
  const { store, views, kafka } = backbone;
  let events = await allEvents(store);
  let model = modelOf(events);
  const isAtRest = async (): Promise<boolean> => {
    events = await allEvents(store);
    model = modelOf(events);
    return model.violations({ isQuiescent: true }).length === 0;
  };
  // What doesn't come to rest is told by the findings.
  await until('nothing is under way', isAtRest, restMs, 500).catch(() => undefined);
  await caughtUp(backbone, events);
  const published = await readTopics(kafka.addresses, new Set(events.map(({ id }) => id)));
  const findings: Finding[] = [
    ...model.violations({ isQuiescent: true }),
    ...topicFindings(events, published),
    ...(await statementViolations(model.bank, views)),
    ...(await outcomeViolations(expectations, model, views)),
  ];
  let documents = 0;
  for (const projector of projectorsOn(backbone)) {
    const verified = await projector.verify();
    documents += verified.documents;
    for (const { collection, id, problem, fields = [] } of verified.differences) {
      const detail = `${problem} ${fields}`;
      findings.push({ invariant: 'outcome', subject: `${projector.view.name}: ${collection}/${id}`, detail });
    }
  }
  const { first, messages } = published;
  return { events: events.length, published: first.size, messages, documents, findings };
};
