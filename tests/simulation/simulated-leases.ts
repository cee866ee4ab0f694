import { type Lease, LeaseLost, type Leases } from '../../src/application/ports/leases.js';
import type { Durable, DurableLease } from './durable.js';
import type { Host } from './host.js';

/** The leases as one process reaches them. */
export const simulatedLeases = (host: Host, { leases }: Durable): Leases => {
  const { scheduler } = host.around;
  const call = <T>(what: string, effect: () => T): Promise<T> => host.call(`leases: ${what}`, effect);
  const heldOf = (name: string, token: number): DurableLease => {
    const known = leases.get(name);
    if (known?.token !== token) throw new LeaseLost(name);
    return known;
  };
  const leaseOf = (name: string, { token, checkpoint }: DurableLease, forMs: number): Lease => ({
    token,
    checkpoint,
    renew: () =>
      call(`renew ${name}`, () => {
        heldOf(name, token).expiresAt = scheduler.now + forMs;
      }),
    save: (text) =>
      call(`save ${name}`, () => {
        heldOf(name, token).checkpoint = text;
      }),
    release: () =>
      call(`release ${name}`, () => {
        const known = leases.get(name);
        if (known?.token === token) leases.set(name, { ...known, token: token + 1, expiresAt: 0 });
      }),
  });
  return {
    claim: (name, holder, forMs) =>
      call(`claim ${name} for ${holder}`, () => {
        const known = leases.get(name);
        if (known !== undefined && known.expiresAt > scheduler.now) return undefined;
        const { token = 0, checkpoint = '' } = known ?? {};
        const next = { token: token + 1, checkpoint, expiresAt: scheduler.now + forMs };
        leases.set(name, next);
        return leaseOf(name, next, forMs);
      }),
    close: async () => undefined,
  };
};
