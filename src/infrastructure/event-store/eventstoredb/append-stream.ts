import { randomUUID } from 'node:crypto';
import sharedMessages from '@eventstore/db-client/generated/shared_pb.js';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { AppendCall, Open } from './connection.js';
import { NoAnswer } from './failures.js';

interface Waiting {
  readonly resolve: (answer: BatchAppendResp) => void;
  readonly reject: (error: unknown) => void;
}

interface Shared extends Open<AppendCall> {
  /** By correlation id. */
  readonly waiting: Map<string, Waiting>;
}

/** One call that appends share, each with a deadline of its own: a call for each would cost twice as much. */
export class AppendStream {
  #shared: Shared | undefined;

  /** @param open makes the call */
  constructor(private readonly open: () => Promise<Open<AppendCall>>) {}

  /**
   * @param parts of one append, the last of them final
   * @throws NoAnswer, what making the call failed with or what it ended with
   */
  async append(parts: readonly BatchAppendReq[], deadlineMs: number): Promise<BatchAppendResp> {
    const shared = this.#shared ?? this.#share(await this.open());
    const { call, waiting } = shared;
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<BatchAppendResp>();
    waiting.set(id, { resolve, reject });
    const timer = setTimeout(() => {
      // Others may yet be answered on it; those that come take a new one.
      if (this.#shared === shared) this.#shared = undefined;
      call.end();
      reject(new NoAnswer(`no answer to an append in ${deadlineMs} ms`));
    }, deadlineMs);
    try {
      for (const part of parts) call.write(part.setCorrelationId(new sharedMessages.UUID().setString(id)));
      return await promise;
    } catch (error) {
      await shared.failed(error);
      throw error;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  }

  close(): void {
    this.#shared?.call.cancel();
  }

  #share({ call, failed }: Open<AppendCall>): Shared {
    if (this.#shared !== undefined) {
      // Another append was faster.
      call.cancel();
      return this.#shared;
    }
    const waiting = new Map<string, Waiting>();
    const shared = { call, failed, waiting };
    const end = (error: unknown): void => {
      if (this.#shared === shared) this.#shared = undefined;
      for (const { reject } of waiting.values()) reject(error);
    };
    call.on('data', (answer: BatchAppendResp) => {
      waiting.get(answer.getCorrelationId()?.getString() ?? '')?.resolve(answer);
    });
    call.on('error', end).on('end', () => end(new NoAnswer('the server ended the call')));
    this.#shared = shared;
    return shared;
  }
}
