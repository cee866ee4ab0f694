import { InvariantModel } from '../../src/application/invariants/invariant-model.js';
import type { RecordedEvent } from '../../src/application/ports/event-store.js';
import type { HttpResponse } from '../../src/infrastructure/http/frame/wire.js';
import { openCatalogue } from '../../src/main/catalogue.js';
import { Chance } from './chance.js';
import { Durable } from './durable.js';
import { delayMs, Host, type Surroundings } from './host.js';
import { type Asked, type Installation, type Instance, startInstance } from './instance.js';
import { Scheduler } from './scheduler.js';
import type { BankHost } from './simulated-bank.js';
import { SimulatedBroker } from './simulated-feed.js';
import type { Trace } from './trace.js';
import { calm, type Weather, weatherOf } from './weather.js';

const hoursMs = 3_600_000;
const clientTimeoutMs = 45_000;

/** One installation on which everything goes wrong that may: processes, their storage, the links between them. */
export class World implements Installation, Surroundings {
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly durable: Durable;
  readonly broker: SimulatedBroker;
  readonly reach = { isAway: false };
  /** Counts every event as it is appended. */
  readonly model = new InvariantModel(openCatalogue());
  /** Invariants that were broken on the way, and faults that no one foresaw. */
  readonly found: string[] = [];
  readonly #instances = new Map<Host, Instance>();
  readonly #wanted: number;
  #numbers = 0;
  #crashes = 0;

  constructor(
    seed: number,
    readonly trace: Trace,
  ) {
    this.chance = new Chance(seed);
    this.scheduler = new Scheduler(this.chance, trace);
    this.weather = weatherOf(this.chance);
    this.durable = new Durable(this.chance);
    this.#wanted = this.chance.between(1, 3);
    this.broker = new SimulatedBroker(this.chance.between(1, 3), this.durable, this);
    this.durable.log.onAppended = (event) => this.#count(event);
    trace.say(`${this.#wanted} processes, ${this.broker.partitions} partitions, ${JSON.stringify(this.weather)}`);
  }

  nextNumber(): number {
    return ++this.#numbers;
  }

  get instances(): readonly Instance[] {
    return [...this.#instances.values()];
  }

  banks(): readonly BankHost[] {
    return this.instances;
  }

  start(): void {
    for (let count = 0; count < this.#wanted; count++) this.#startOne();
  }

  /** Trouble that comes by itself; asked before each step. */
  trouble(): void {
    const { chance, weather, scheduler } = this;
    if (chance.happens(weather.crash) && this.#crashes < 20) this.#crashOne();
    if (chance.happens(weather.rebalance / 20)) this.broker.rebalance();
    if (chance.happens(weather.clockJump)) this.#moveClock();
    if (chance.happens(weather.viewsLost)) {
      this.trace.say('the views are lost');
      void this.durable.loseViews();
    }
    if (!this.reach.isAway && chance.happens(weather.viewsAway)) {
      this.trace.say('the views go away');
      this.reach.isAway = true;
      const back = (): void => {
        this.reach.isAway = false;
      };
      scheduler.after(chance.between(1_000, 120_000), 'the views are back', back);
    }
  }

  /** From now on nothing goes wrong, and every clock tells the right time. */
  calmDown(): void {
    this.trace.say('from now on nothing goes wrong');
    Object.assign(this.weather, calm);
    this.reach.isAway = false;
    for (const { host } of this.instances) host.skewMs = 0;
    if (this.#instances.size === 0) this.#startOne();
    this.broker.shareAll();
  }

  /** Sends a request to one of the processes. @returns its answer, or undefined if none came in time */
  request(operationId: string, asked: Asked): Promise<HttpResponse | undefined> {
    const { chance, scheduler, weather } = this;
    const { promise, resolve } = Promise.withResolvers<HttpResponse | undefined>();
    const what = `request ${operationId}`;
    scheduler.after(clientTimeoutMs, `${what} timed out`, () => resolve(undefined));
    if (this.#instances.size === 0) {
      scheduler.after(chance.between(1_000, 20_000), `${what} found no one`, () => resolve(undefined));
      return promise;
    }
    const instance = chance.one(this.instances);
    const serve = async (): Promise<void> => {
      const answer = await instance.ask(operationId, asked);
      if (chance.happens(weather.messageLost)) return;
      scheduler.after(delayMs(this), `${what} <- ${answer.status}`, () => resolve(answer), instance.host);
    };
    const copies = chance.happens(weather.messageTwice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (chance.happens(weather.messageLost)) continue;
      scheduler.after(delayMs(this), `${what} -> ${instance.host.name}`, () => void serve(), instance.host);
    }
    return promise;
  }

  onFault(host: Host, what: string, error: unknown): void {
    const { name, message, stack } = faultOf(error);
    this.trace.say(`${host.name} fault in ${what}: ${name}: ${message}`);
    if (!foreseen.includes(name)) this.found.push(`${host.name}, ${what}: ${name}: ${message}\n${stack}`);
  }

  #count(stored: RecordedEvent): void {
    this.model.apply(stored);
    for (const { invariant, subject, detail } of this.model.violations({ isQuiescent: false })) {
      this.found.push(`${invariant}: ${subject}: ${detail}`);
    }
    this.broker.wake();
  }

  #startOne(): void {
    const { chance } = this;
    const skewMs = chance.happens(0.5) ? 0 : chance.between(-5 * 60_000, 5 * 60_000);
    const host = new Host(`p${this.nextNumber()}`, this, this.weather.clockJump > 0 ? skewMs : 0);
    this.trace.say(`${host.name} starts`);
    startInstance(host, this).then(
      (instance) => {
        this.trace.say(`${host.name} has started`);
        this.#instances.set(host, instance);
      },
      (error: unknown) => {
        this.onFault(host, 'start', error);
        this.#end(host);
      },
    );
  }

  #crashOne(): void {
    if (this.#instances.size === 0) return;
    this.#crashes++;
    const { host } = this.chance.one(this.instances);
    this.trace.say(`${host.name} is killed`);
    this.#end(host);
  }

  #end(host: Host): void {
    host.isOver = true;
    this.#instances.delete(host);
    this.scheduler.after(this.chance.between(10, 20_000), 'a process is started', () => this.#startOne());
    this.scheduler.after(this.chance.between(10, 20_000), 'its partitions are shared', () => this.broker.shareAll());
  }

  #moveClock(): void {
    if (this.#instances.size === 0) return;
    const { host } = this.chance.one(this.instances);
    host.skewMs = this.chance.one([0, this.chance.between(-hoursMs, hoursMs), this.chance.between(-2_000, 2_000)]);
    this.trace.say(`${host.name} now has a clock that is ${host.skewMs} ms off`);
  }
}

/** Faults of what is simulated. */
const foreseen: readonly string[] = [
  'StoreUnavailable',
  'OutcomeUnknown',
  'Overloaded',
  'ViewsUnavailable',
  'OtherGeneration',
  'ViewBehind',
  'LeaseLost',
];

interface Fault {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** Of an error, or of a line of a process's log that tells of one. */
const faultOf = (error: unknown): Fault => {
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack ?? '' };
  const { msg, err } = error as { readonly msg?: string; readonly err?: Partial<Fault> & { readonly type?: string } };
  return { name: err?.type ?? 'log', message: err?.message ?? msg ?? '', stack: err?.stack ?? '' };
};
