/** The last step of given, when, then. */
export const thenStep = <Expected extends readonly unknown[], Result>(check: (...expected: Expected) => Result) => ({
  // biome-ignore lint/suspicious/noThenProperty: the word of given, when, then; nobody awaits it
  then: check,
});
