import { adapters } from '../../src/main/adapters.js';
import { serve } from '../../src/main/commands/serve.js';
import { allRoles } from '../../src/main/roles.js';
import { readSettings } from '../../src/main/settings.js';
import { crashing, crashVariable, readCrashAt } from './crash-points.js';

/** `boxoffice serve` that dies where the environment says. */
const projectorThread = new URL('./crashing-projectors.js', import.meta.url);
const armed = readCrashAt(process.env[crashVariable]);
await serve(readSettings(process.env), allRoles.join(','), crashing(armed, { ...adapters, projectorThread }));
