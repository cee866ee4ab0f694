/**
 * Looks until the condition holds; throws naming what it waited for when it doesn't in time. What the condition throws is no
 * answer yet: a view may not have come to what is looked for.
 */
export const until = async (
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
  everyMs = 10,
): Promise<void> => {
  const deadline = Date.now() + limitMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`not in ${limitMs} ms: ${what}`, { cause });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
};
