/** RFC 3339, UTC. */
export const instantText = (ms: number): string => new Date(ms).toISOString();

const isInstant = (name: string): boolean => name.endsWith('At') || ['at', 'asOf', 'since'].includes(name);

/** A resource as the API shows it: its times, kept in milliseconds, as RFC 3339. */
export const toJson = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      typeof field === 'number' && isInstant(name) ? instantText(field) : toJson(field),
    ]),
  );
};
