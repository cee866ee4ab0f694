import { randomUUID } from 'node:crypto';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import monitoringService from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import operationsService from '@eventstore/db-client/generated/operations_grpc_pb.js';
import persistentService from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import projectionsService from '@eventstore/db-client/generated/projections_grpc_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import usersService from '@eventstore/db-client/generated/users_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { EmbeddedEventStore, type EmbeddedEventStoreOptions } from '../embedded/embedded-event-store.js';
import { AppendSignal } from './append-signal.js';
import { Appender } from './appender.js';
import { Reader } from './reader.js';
import { gossip, refused, supportedMethods } from './server-services.js';
import { StreamRules } from './stream-rules.js';
import { StreamWriter } from './stream-writer.js';
import { streamsImplementation } from './streams-implementation.js';

export interface WireServerOptions extends EmbeddedEventStoreOptions {
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Of one append: data, metadata and twice the length of the type of each event; 1 MiB, as EventStoreDB's own default. */
  readonly maxAppendBytes?: number;
}

export interface WireServer {
  /** Connection string for clients on this machine. */
  readonly url: string;
  readonly port: number;
  /** Ends all calls, and lets go of the folder when what was acknowledged is on disk. */
  close(): Promise<void>;
}

const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Clients may send more than an append may have, to be told so. */
const messageBytes = 17 * 1024 * 1024;

/**
 * The embedded event store behind EventStoreDB's own gRPC protocol, for development and tests. `docs/event-store.md` says
 * what it leaves out.
 * @throws EventStoreLocked, EventStoreTooNew, EventStoreDamaged, Error when the port is taken
 */
export const startWireServer = async (options: WireServerOptions): Promise<WireServer> => {
  const { host = '127.0.0.1', port: wantedPort = 0, maxAppendBytes = 1024 * 1024 } = options;
  const store = await EmbeddedEventStore.open(options);
  const ended = new AbortController();
  const server = new Server({ 'grpc.max_receive_message_length': messageBytes });
  try {
    const rules = await StreamRules.load(store);
    const signal = new AppendSignal();
    const writer = new StreamWriter(store, rules, () => signal.appended());
    const streams = streamsImplementation(
      new Appender(writer, maxAppendBytes),
      new Reader(store, rules, signal, ended.signal),
      writer,
    );
    const { StreamsService } = streamsService;
    const { ServerFeaturesService } = featuresService;
    const { GossipService } = gossipService;
    server.addService(StreamsService, streams);
    server.addService(GossipService, { read: gossip(randomUUID()) });
    server.addService(ServerFeaturesService, {
      getSupportedMethods: supportedMethods([StreamsService, GossipService, ServerFeaturesService]),
    });
    const { PersistentSubscriptionsService } = persistentService;
    server.addService(
      PersistentSubscriptionsService,
      refused(PersistentSubscriptionsService, 'persistent subscriptions'),
    );
    const { ProjectionsService } = projectionsService;
    server.addService(ProjectionsService, refused(ProjectionsService, 'projections'));
    const { OperationsService } = operationsService;
    server.addService(OperationsService, refused(OperationsService, 'scavenges and other operations'));
    const { UsersService } = usersService;
    server.addService(UsersService, refused(UsersService, 'users'));
    const { MonitoringService } = monitoringService;
    server.addService(MonitoringService, refused(MonitoringService, 'statistics'));
    const port = await listen(server, `${host}:${wantedPort}`);
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      ended.abort();
      server.forceShutdown();
      await store.close();
    };
    return {
      url: `esdb://${everywhere.has(host) ? '127.0.0.1' : host}:${port}?tls=false`,
      port,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (cause) {
    server.forceShutdown();
    await store.close();
    throw cause;
  }
};

const listen = (server: Server, address: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
