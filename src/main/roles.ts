/** Parts of the platform that a process may take on. */
export const allRoles = ['command-api', 'query-api', 'bank', 'projector', 'worker', 'relay'] as const;
export type Role = (typeof allRoles)[number];

const isRole = (name: string): name is Role => allRoles.some((role) => role === name);

/** @throws Error naming what isn't a role */
export const readRoles = (text: string): ReadonlySet<Role> => {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !isRole(name));
  if (wrong.length > 0) throw new Error(`no such role: ${wrong.join(', ')} (there are ${allRoles.join(', ')})`);
  return new Set(names.filter(isRole));
};

/** Whether a process with these roles writes events: only one process may do so in one folder. */
export const writesEvents = (roles: ReadonlySet<Role>): boolean =>
  roles.has('command-api') || roles.has('bank') || roles.has('worker');
