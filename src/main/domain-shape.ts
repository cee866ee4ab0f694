import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const domain = join(import.meta.dirname, '..', 'domain');

/**
 * Names the code of the domain as it was built. A state that other code has folded may be another state, whatever its
 * form: so its snapshot is not read, and nobody has to remember a version.
 */
export const domainShape = (folder = domain): string => {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'));
  const digest = createHash('sha256');
  for (const path of sources.sort())
    digest
      .update(`${path}\0`)
      .update(readFileSync(join(folder, path)))
      .update('\0');
  return digest.digest('base64url');
};
