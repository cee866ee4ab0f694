import type { Snapshot, Snapshots } from '../../src/application/ports/snapshots.js';

/** Snapshots in memory, and how often they were written and found. */
export class MemorySnapshots implements Snapshots {
  readonly kept = new Map<string, Snapshot>();
  written = 0;
  found = 0;

  async find(stream: string): Promise<Snapshot | undefined> {
    const snapshot = this.kept.get(stream);
    if (snapshot !== undefined) this.found++;
    return snapshot;
  }

  async keep(stream: string, snapshot: Snapshot): Promise<void> {
    this.kept.set(stream, snapshot);
    this.written++;
  }

  async drop(stream: string): Promise<void> {
    this.kept.delete(stream);
  }

  async close(): Promise<void> {}
}
