import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CommandObserver } from '../../application/command-observer.js';
import type { ReaderBacklog } from '../../application/feed/feed-watch.js';
import type { ParkedEvent } from '../../application/ports/park.js';

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Finding a series by its labels costs more than counting it: each is looked up once. */
const seriesOf = <Series>(
  make: (...labels: readonly string[]) => Series,
): ((...labels: readonly string[]) => Series) => {
  const known = new Map<string, Series>();
  return (...labels) => {
    const name = labels.join(' ');
    const found = known.get(name) ?? make(...labels);
    known.set(name, found);
    return found;
  };
};

/**
 * Commands by type and outcome, appends, and events by type: what became of holds and payments, and what needs a human, are
 * events.
 */
export const commandMetrics = (registry: Registry): CommandObserver => {
  const registers = [registry];
  const commands = new Counter({
    name: 'boxoffice_commands_total',
    help: 'Commands that were decided',
    labelNames: ['command', 'outcome'],
    registers,
  });
  const events = new Counter({
    name: 'boxoffice_events_total',
    help: 'Events that were appended by this process',
    labelNames: ['type'],
    registers,
  });
  const appends = new Histogram({
    name: 'boxoffice_append_duration_seconds',
    help: 'From an append to its acknowledgement, with all its tries',
    buckets,
    registers,
  });
  const ofCommand = seriesOf((command = '', outcome = '') => commands.labels(command, outcome));
  const ofEvent = seriesOf((type = '') => events.labels(type));
  return {
    decided: (command, outcome) => ofCommand(command, outcome).inc(),
    appended: (appended, ms) => {
      appends.observe(ms / 1_000);
      for (const { type } of appended) ofEvent(type).inc();
    },
  };
};

/** Calls to the bank by method and answer. */
export const bankMetrics = (registry: Registry): ((method: string, answer: string, ms: number) => void) => {
  const calls = new Histogram({
    name: 'boxoffice_bank_call_duration_seconds',
    help: 'From a call to its answer, with its turn and its tries',
    labelNames: ['method', 'answer'],
    buckets,
    registers: [registry],
  });
  const ofCall = seriesOf((method = '', answer = '') => calls.labels(method, answer));
  return (method, answer, ms) => ofCall(method, answer).observe(ms / 1_000);
};

/** Commands and queries that wait for their turn, looked at when it is asked for. */
export const waitingMetric = (registry: Registry, waiting: () => number): void => {
  new Gauge({
    name: 'boxoffice_commands_waiting',
    help: 'Commands and queries that wait for their stream or are being decided',
    registers: [registry],
    collect() {
      this.set(waiting());
    },
  });
};

/** Events set aside, by reader, looked at when it is asked for. */
export const parkedMetric = (registry: Registry, list: () => Promise<readonly Pick<ParkedEvent, 'group'>[]>): void => {
  const groups = new Set<string>();
  new Gauge({
    name: 'boxoffice_parked_events',
    help: 'Events that a reader could not take, and those behind them in their streams',
    labelNames: ['group'],
    registers: [registry],
    async collect() {
      const parked = await list().catch(() => undefined);
      // While the park is away nothing is said rather than none.
      this.reset();
      if (parked === undefined) return;
      for (const { group } of parked) groups.add(group);
      for (const group of groups) this.set({ group }, parked.filter((one) => one.group === group).length);
    },
  });
};

/** What readers of the feed have before them, and how long the oldest of it has waited; told as of the last look. */
export const backlogMetrics = (registry: Registry): ((backlogs: readonly ReaderBacklog[]) => void) => {
  const labelNames = ['group', 'partition'];
  const registers = [registry];
  let last: readonly ReaderBacklog[] = [];
  new Gauge({
    name: 'boxoffice_reader_lag_events',
    help: 'Events that a reader has not taken, in a partition of the feed',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { group, partition, events } of last) this.set({ group, partition }, events);
    },
  });
  new Gauge({
    name: 'boxoffice_reader_age_seconds',
    help: 'How long the oldest event that a reader has not taken has waited',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { group, partition, events, since } of last)
        this.set({ group, partition }, events === 0 ? 0 : (Date.now() - since) / 1_000);
    },
  });
  return (backlogs) => {
    last = backlogs;
  };
};
