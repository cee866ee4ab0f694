import { setImmediate as nextTurn } from 'node:timers/promises';

const turns = 4;

/** Holds appends back for a few turns of the event loop: those that arrive close together share a commit. */
export class Gathering {
  #going: Promise<void> | undefined;

  /** Ends for all who wait at once, in the order in which they came. */
  wait(): Promise<void> {
    this.#going ??= this.#go();
    return this.#going;
  }

  async #go(): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await nextTurn();
    this.#going = undefined;
  }
}
