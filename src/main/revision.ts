export const isRevision = (text: string): boolean => /^\d{1,18}$/.test(text);

/** A revision as the command line takes it. @throws Error that says what it must be */
export const readRevision = (text: string): bigint => {
  if (!isRevision(text)) throw new Error(`${text}: must be a revision, a whole number from 0 up`);
  return BigInt(text);
};
