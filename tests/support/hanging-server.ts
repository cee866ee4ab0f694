import { adapters } from '../../src/main/adapters.js';
import { serve } from '../../src/main/commands/serve.js';
import { allRoles } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';

/** `boxoffice serve` whose storage never closes, and which waits a second for it. */
const hanging: typeof adapters = {
  ...adapters,
  openStorage: (...asked) => ({
    ...adapters.openStorage(...asked),
    [Symbol.asyncDispose]: () => new Promise<void>(() => undefined),
  }),
};
await serve(readSettings(process.env), allRoles.join(','), hanging, 1_000);
