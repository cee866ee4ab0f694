import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import openapiTS, { astToString, type OpenAPI3 } from 'openapi-typescript';
import { ApiClient } from '../../src/infrastructure/http/client/api-client.js';
import { root } from './checkout.js';
import { newFolder, removeFolder, startHere } from './platform.js';

/** The file that the typed client is made of. */
export const clientTypesFile = 'src/infrastructure/http/client/api-types.ts';

const head = "// Made by `npm run client-types` from the platform's own OpenAPI documents.\n";

const documentOf = async (api: ApiClient): Promise<OpenAPI3> => (await api.send<OpenAPI3>('GET', '/openapi.json')).body;

/** The API and what operators may ask, as one document. */
const documents = async (): Promise<OpenAPI3> => {
  const platform = await startHere(await newFolder());
  try {
    const [api, operators] = [await documentOf(platform.api), await documentOf(platform.operator)];
    const schemas = { ...operators.components?.schemas, ...api.components?.schemas };
    return { ...api, paths: { ...operators.paths, ...api.paths }, components: { schemas } };
  } finally {
    await platform.stop();
    await removeFolder(platform.folder);
  }
};

/** Without what the client sees to by itself: headers, and problems, which have one form for all routes. */
const forClient = (document: OpenAPI3): OpenAPI3 =>
  JSON.parse(JSON.stringify(document), (name, value) => {
    if (name === 'parameters') return value.filter((parameter: { readonly in: string }) => parameter.in !== 'header');
    if (name === 'responses')
      return Object.fromEntries(Object.entries(value).filter(([status]) => Number(status) < 300));
    // An operation with a name is listed twice.
    return name === 'operationId' ? undefined : value;
  });

/** One line for what fits on one; without comments, and without what only says that there is nothing. */
const compact = (types: string): string =>
  types
    .replaceAll(/\/\*\*.*?\*\//gs, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\w+\?: never; /g, '')
    .replaceAll('headers: { [name: string]: unknown; }; ', '')
    .replaceAll('parameters: { }; ', '');

/** What `clientTypesFile` must hold. */
export const clientTypes = async (): Promise<string> => {
  const types = astToString(await openapiTS(forClient(await documents())));
  const biome = join(root, 'node_modules', '.bin', 'biome');
  const formatted = promisify(execFile)(process.execPath, [biome, 'format', `--stdin-file-path=${clientTypesFile}`], {
    cwd: root,
  });
  formatted.child.stdin?.end(head + compact(types));
  return (await formatted).stdout;
};
