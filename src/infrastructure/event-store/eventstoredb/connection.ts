import { EventStoreDBClient, UnavailableError } from '@eventstore/db-client';
import serverFeatures from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import streamsService, { type StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { AppendReq, AppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { type ClientReadableStream, type ServiceError, status } from '@grpc/grpc-js';

export const isServiceError = (error: unknown): error is ServiceError =>
  error instanceof Error && 'code' in error && typeof error.code === 'number';

/** There is nobody to send a call to. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
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

  /** @throws Unreachable, ServiceError */
  append(requests: readonly AppendReq[], deadlineMs: number): Promise<AppendResp> {
    return this.streams(
      deadlineMs,
      (client) =>
        new Promise((resolve, reject) => {
          const call = client.append(
            ...this.callArguments({ requiresLeader: true, deadline: deadlineMs }),
            (error, answer) => (error === null ? resolve(answer) : reject(error)),
          );
          for (const request of requests) call.write(request);
          call.end();
        }),
    );
  }

  /**
   * A call without an end that the caller reads and must cancel.
   * @throws Unreachable
   */
  read(request: ReadReq, deadlineMs: number): Promise<ClientReadableStream<ReadResp>> {
    return this.streams(deadlineMs, async (client) => {
      const [metadata, options] = this.callArguments({});
      const call = client.read(request, metadata, { ...options, deadline: Number.POSITIVE_INFINITY });
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

  /** After a call that had no answer: the next one goes over a new channel, as this one may be half open. */
  async renewAfter(error: unknown): Promise<void> {
    if (!isServiceError(error) || !silences.has(error.code)) return;
    await this.execute(streamsService.StreamsClient, 'renew', async () =>
      Promise.reject(new UnavailableError(error)),
    ).catch(() => undefined);
  }

  close(): void {
    this.channel?.close();
  }

  private async streams<T>(deadlineMs: number, action: (client: StreamsClient) => Promise<T>): Promise<T> {
    await this.found(deadlineMs);
    return this.execute(streamsService.StreamsClient, 'streams', (client) => {
      this.channel = client.getChannel();
      return action(client);
    });
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

const silences: ReadonlySet<number> = new Set([status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED]);
