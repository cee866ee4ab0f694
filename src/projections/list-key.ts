/** Sorts as text by time, then id, so that a list can go on behind any row of it. `at` in milliseconds since the epoch. */
export const listKey = (at: number, id: string): string => `${String(at).padStart(16, '0')}~${id}`;
