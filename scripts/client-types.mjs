// Writes the types of the typed client from the OpenAPI documents of the platform as it is built.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientTypes, clientTypesFile } from '../dist/tests/support/client-types.js';
import { root } from './local.mjs';

writeFileSync(join(root, clientTypesFile), await clientTypes());
