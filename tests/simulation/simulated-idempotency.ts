import {
  type Claim,
  ClaimLost,
  type IdempotencyStore,
} from '../../src/infrastructure/http/idempotency/idempotency-store.js';
import type { Durable } from './durable.js';
import type { Host } from './host.js';

/** The idempotency store as one process reaches it: one for all, with a clock of its own, and a cache. */
export const simulatedIdempotency = (host: Host, { idempotencyKeys: keys, leaseMs }: Durable): IdempotencyStore => {
  const { chance, scheduler, weather } = host.around;

  const claim = (key: string, fingerprint: string): Claim => {
    const known = keys.get(key);
    if (known !== undefined && known.fingerprint !== fingerprint) return { kind: 'other-request' };
    if (known?.response !== undefined) return { kind: 'done', response: known.response };
    if (known !== undefined && known.leaseEndsAt > scheduler.now) return { kind: 'running' };
    const token = String(host.around.nextNumber());
    keys.set(key, { fingerprint, token, leaseEndsAt: scheduler.now + leaseMs });
    return { kind: 'new', token };
  };

  return {
    claim: (key, fingerprint) => host.call('idempotency: claim', () => claim(key, fingerprint)),
    complete: (key, token, response) => {
      const fate = chance.happens(weather.responseLost) ? chance.one(['not kept', 'forgotten']) : 'kept';
      return host.call(`idempotency: complete (${fate})`, () => {
        const known = keys.get(key);
        if (known?.token !== token) throw new ClaimLost('another process has taken the key over');
        if (fate === 'not kept') throw new Error('the response was not kept');
        if (fate === 'kept') keys.set(key, { ...known, response });
        else keys.delete(key);
      });
    },
    release: (key, token) =>
      host.call('idempotency: release', () => {
        if (keys.get(key)?.token === token) keys.delete(key);
      }),
    close: async () => undefined,
  };
};
