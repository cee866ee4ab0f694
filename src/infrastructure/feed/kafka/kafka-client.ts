import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';

/** What kafkajs has to say, at its own levels. */
export type KafkaLog = (
  level: 'error' | 'warn' | 'info' | 'debug',
  message: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

export interface KafkaClientOptions {
  /** `host:port` of some of the brokers. */
  readonly brokers: readonly string[];
  /** Name that the brokers see. */
  readonly clientId?: string;
  readonly log?: KafkaLog;
}

/** kafkajs on connections that can be cut. */
export interface KafkaClient {
  readonly kafka: Kafka;
  /** Ends every connection at once and opens no more: what waits for a broker fails. */
  cut(): void;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

interface Encoder {
  readonly buf: Buffer;
  offset: number;
  ensureAvailable(bytes: number): void;
  writeUVarInt(value: number): Encoder;
}

const requireOwn = createRequire(import.meta.url);

/**
 * kafkajs plans a look at its waiting requests also where none waits, after a negative time, of which Node warns each
 * time. Without the look nothing is missed.
 */
const planNoEmptyLooks = (): void => {
  const queue: { prototype: RequestQueue } = requireOwn('kafkajs/src/network/requestQueue');
  const plan = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) plan.call(this);
  };
};
planNoEmptyLooks();

/**
 * kafkajs makes a buffer of its own for each length that it writes, and each header has two: half of what a message with
 * headers costs.
 */
const writeLengthsInPlace = (): void => {
  const encoder: { prototype: Encoder } = requireOwn('kafkajs/src/protocol/encoder');
  encoder.prototype.writeUVarInt = function (value) {
    this.ensureAvailable(5);
    let left = value >>> 0;
    for (; left > 0x7f; left >>>= 7) this.buf[this.offset++] = (left & 0x7f) | 0x80;
    this.buf[this.offset++] = left;
    return this;
  };
};
writeLengthsInPlace();

const levels = new Map<logLevel, Parameters<KafkaLog>[0]>([
  [logLevel.ERROR, 'error'],
  [logLevel.WARN, 'warn'],
  [logLevel.INFO, 'info'],
  [logLevel.DEBUG, 'debug'],
]);

const keepAliveMs = 60_000;

/** One broker away must be found out soon: whoever calls tries again with growing waits of its own. */
const connectMs = 2_000;
const requestMs = 5_000;

export const openKafkaClient = ({ brokers, clientId = 'boxoffice', log }: KafkaClientOptions): KafkaClient => {
  const sockets = new Set<Socket>();
  let isCut = false;
  const kafka = new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectMs,
    requestTimeout: requestMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 },
    logLevel: log === undefined ? logLevel.NOTHING : logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _, ...fields } = entry.log;
      log?.(levels.get(entry.level) ?? 'debug', message, { ...fields, part: entry.namespace });
    },
    socketFactory: ({ host, port, onConnect }) => {
      if (isCut) throw new Error('the client is closed');
      const socket = connect({ host, port }, onConnect);
      socket.setKeepAlive(true, keepAliveMs);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });
  const cut = (): void => {
    isCut = true;
    // kafkajs hears of errors only; a connection that it has ended itself is none.
    for (const socket of sockets) socket.destroy(socket.writableEnded ? undefined : new Error('the client is closed'));
  };
  return { kafka, cut };
};
