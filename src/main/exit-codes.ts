/** What the command line ends with; 0 is that all went well. */
export const exitCodes = { failed: 1, differs: 2, notFound: 3 } as const;

/** What was asked for is not there. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}
