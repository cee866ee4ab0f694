import type { Snapshot, Snapshots } from '../../src/application/ports/snapshots.js';

/** Snapshots in memory, and how often they were written and found. */
export class MemorySnapshots implements Snapshots {
  readonly saved = new Map<string, Snapshot>();
  written = 0;
  found = 0;

  async find(stream: string): Promise<Snapshot | undefined> {
    const snapshot = this.saved.get(stream);
    if (snapshot !== undefined) this.found++;
    return snapshot;
  }

  async save(stream: string, snapshot: Snapshot): Promise<void> {
    this.saved.set(stream, snapshot);
    this.written++;
  }

  async delete(stream: string): Promise<void> {
    this.saved.delete(stream);
  }

  async close(): Promise<void> {}
}
