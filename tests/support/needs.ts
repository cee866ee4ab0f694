import type { Context } from 'mocha';

/**
 * A tool that a test needs and that isn't there is an error under CI; elsewhere the test is left out, loudly.
 * @param lack what is missing; undefined where nothing is
 * @param untested what is not tested then
 */
export const needs = (test: Context, lack: string | undefined, untested: string): void => {
  if (lack === undefined) return;
  if (process.env.CI !== undefined) throw new Error(lack);
  console.warn(`\n      ### ${lack}: NOT tested: ${untested} ###\n`);
  test.skip();
};
