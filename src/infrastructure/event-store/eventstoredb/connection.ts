import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsService, { type StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import {
  type ClientDuplexStream,
  type ClientReadableStream,
  InterceptingCall,
  type Interceptor,
  status,
} from '@grpc/grpc-js';
import { isNotLeader, isServiceError, NoAnswer, Unreachable } from './failures.js';

export type AppendCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

export interface Open<Call> {
  readonly call: Call;
  /** To be told how the call failed: where its channel may be half open, or the leader is elsewhere, the next has a new one. */
  failed(error: unknown): Promise<void>;
}

/**
 * The client's channel: addresses, discovery, TLS and credentials as the connection string says, a new channel where the
 * leader has moved. Events go over it as bytes, which the client's own methods would parse and write anew.
 */
export class Connection extends EventStoreDBClient {
  declare private channel: ReturnType<StreamsClient['getChannel']> | undefined;

  /** @throws Error for what is no connection string */
  static to(url: string): Connection {
    const client = EventStoreDBClient.connectionString(url);
    // The client makes instances of its own class only; what a subclass may use is on each of them.
    return Object.setPrototypeOf(client, Connection.prototype);
  }

  /**
   * A call without an end that appends may share.
   * @throws Unreachable
   */
  appends(deadlineMs: number): Promise<Open<AppendCall>> {
    return this.streams(deadlineMs, (client) => {
      const [metadata, options] = this.callArguments({ requiresLeader: true });
      const call = client.batchAppend(metadata, { ...options, deadline: Number.POSITIVE_INFINITY });
      call.on('error', () => undefined);
      return call;
    });
  }

  /**
   * A call without an end that the caller reads and must cancel.
   * @param room is waited for before each message: the call itself would take sixteen ahead, whatever their size
   * @throws Unreachable
   */
  read(
    request: ReadReq,
    deadlineMs: number,
    room?: () => Promise<void>,
  ): Promise<Open<ClientReadableStream<ReadResp>>> {
    return this.streams(deadlineMs, (client) => {
      const [metadata, options] = this.callArguments({});
      const interceptors = room === undefined ? [] : [waitingFor(room)];
      const call = client.read(request, metadata, { ...options, interceptors, deadline: Number.POSITIVE_INFINITY });
      // Its end after a cancel is told as an error, to nobody.
      call.on('error', () => undefined);
      return call;
    });
  }

  /** Version and methods of the server. @throws ServiceError */
  features(deadlineMs: number): Promise<SupportedMethods> {
    return this.execute(
      serverFeatures.ServerFeaturesClient,
      'features',
      (client) =>
        new Promise((resolve, reject) => {
          const [metadata, options] = this.callArguments({ deadline: deadlineMs });
          client.getSupportedMethods(new sharedMessages.Empty(), metadata, options, (error, answer) =>
            error === null ? resolve(answer) : reject(error),
          );
        }),
    );
  }

  close(): void {
    this.channel?.close();
  }

  private async streams<Call>(deadlineMs: number, begin: (client: StreamsClient) => Call): Promise<Open<Call>> {
    await this.found(deadlineMs);
    return this.execute(streamsService.StreamsClient, 'streams', async (client) => {
      this.channel = client.getChannel();
      return { call: begin(client), failed: (error) => this.renewAfter(client, error) };
    });
  }

  private async renewAfter(client: StreamsClient, error: unknown): Promise<void> {
    const isSilent = error instanceof NoAnswer || (isServiceError(error) && silences.has(error.code));
    if (isSilent) await this.handleError(client, new UnavailableError());
    else if (isServiceError(error) && isNotLeader(error)) await this.handleError(client, error);
  }

  /** There is a channel: of several members, the one to talk to is known. */
  private async found(deadlineMs: number): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`no member of the cluster answers in ${deadlineMs} ms`)),
      deadlineMs,
    );
    try {
      await Promise.race([this.getChannel(), late]);
    } catch (cause) {
      throw new Unreachable(cause instanceof Error ? cause.message : String(cause), { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

const waitingFor =
  (room: () => Promise<void>): Interceptor =>
  (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) =>
        next(metadata, { onReceiveMessage: (message, pass) => void room().then(() => pass(message)) }),
    });

const silences: ReadonlySet<number> = new Set([status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED]);
