/** Held by one at a time, and how far the work has come that it stands for. */
export interface Lease {
  /**
   * Grows with every claim of the name, also over a loss of the store: whoever remembers the highest that it has seen can
   * refuse what an earlier holder sends late.
   */
  readonly token: number;
  /** What was saved last under the name, by whatever holder, when this one claimed it; empty before the first. */
  readonly checkpoint: string;
  /** From now on for as long again as it was claimed for. @throws LeaseLost */
  renew(): Promise<void>;
  /** @throws LeaseLost */
  save(checkpoint: string): Promise<void>;
  /** Lets others claim it at once; nothing where it is lost already. */
  release(): Promise<void>;
}

/**
 * Work that one process at a time does for all. A lease lapses by the store's clock; its holder keeps it all the same till
 * another claims it. Every adapter passes `tests/contract/leases.contract.ts`.
 */
export interface Leases {
  /**
   * @param holder who asks, for people to read: the same holder is given it twice no more than another
   * @returns undefined while it is held
   */
  claim(name: string, holder: string, forMs: number): Promise<Lease | undefined>;
  close(): Promise<void>;
}

/** It was released, or a later holder has claimed it: whatever was to be done under it is another's now. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
  constructor(lease: string) {
    super(`the lease ${lease} is lost`);
  }
}
