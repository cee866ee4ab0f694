import { decodeConsistencyToken } from '../../src/infrastructure/http/frame/consistency-token.js';
import type { HttpResponse } from '../../src/infrastructure/http/frame/wire.js';
import type { Asked } from './instance.js';
import type { World } from './world.js';

type Fields = Readonly<Record<string, unknown>>;

export interface Call {
  readonly params?: object;
  readonly query?: object;
  readonly body?: object;
  /** Consistency token of an earlier answer. */
  readonly token?: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: Fields;
  readonly token: string | undefined;
}

const again = [425, 429, 500, 502, 503, 504];

/** Someone who asks until there is an answer, each purpose under a key of its own. */
export class Client {
  constructor(
    readonly name: string,
    readonly world: World,
  ) {}

  newKey(): string {
    return `${this.name}-${this.world.nextNumber()}`;
  }

  /** Repeats the request, with the same key, to any of the processes until one gives a final answer. */
  async post(operationId: string, call: Call, key = this.newKey()): Promise<Reply> {
    for (;;) {
      const answer = await this.world.request(operationId, { ...this.#asked(call), key });
      const isRunning = answer?.status === 409 && answer.body.includes('request_in_progress');
      if (answer !== undefined && !again.includes(answer.status) && !isRunning) return replyOf(answer);
      await this.pause(100, 8_000);
    }
  }

  /** One try without a key. */
  async once(operationId: string, call: Call): Promise<Reply | undefined> {
    const answer = await this.world.request(operationId, this.#asked(call));
    return answer === undefined ? undefined : replyOf(answer);
  }

  /** Reads until there is an answer. */
  async get(operationId: string, call: Call): Promise<Reply> {
    for (;;) {
      const reply = await this.once(operationId, call);
      if (reply !== undefined && !again.includes(reply.status)) return reply;
      await this.pause(100, 8_000);
    }
  }

  pause(fromMs: number, toMs: number): Promise<void> {
    return this.world.scheduler.pause(this.world.chance.between(fromMs, toMs), `${this.name} goes on`);
  }

  #asked({ params = {}, query = {}, body = {}, token }: Call): Asked {
    return {
      params,
      query,
      body,
      caller: this.name,
      ...(token !== undefined && { consistencyToken: decodeConsistencyToken(token) }),
    };
  }
}

const replyOf = ({ status, headers, body }: HttpResponse): Reply => ({
  status,
  body: body === '' ? {} : (JSON.parse(body) as Fields),
  token: headers['Consistency-Token'],
});
