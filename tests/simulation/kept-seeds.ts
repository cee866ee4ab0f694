/** Seeds that once broke something, and what they found: each is run again with every test. */
export const keptSeeds: readonly { readonly seed: number; readonly found: string }[] = [];
