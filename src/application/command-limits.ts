import type { CacheLimits } from './state-cache.js';

export interface CommandLimits extends CacheLimits {
  /** Commands that may wait for one stream, with those that are being decided. */
  readonly waiting: number;
  /** The same over all streams. */
  readonly waitingInAll: number;
  /** Commands decided and appended in one go. */
  readonly batch: number;
  /** Tries of a batch against other writers. */
  readonly tries: number;
}

export const defaultLimits: CommandLimits = {
  waiting: 10_000,
  waitingInAll: 20_000,
  batch: 1_000,
  tries: 8,
  cachedBytes: 128 * 1024 * 1024,
  rememberedCommands: 1_000,
};
