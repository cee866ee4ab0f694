import { createHash } from 'node:crypto';
import {
  type DocumentedProblem,
  type DocumentedReplies,
  type DocumentedReply,
  type Route,
  route,
} from '../frame/route.js';
import { Nested, Optional } from '../input/fields.js';
import type { JsonSchema } from '../input/rule.js';
import { ComponentSchemas, reference } from './component-schemas.js';
import { frameProblems, problemReply, problemSchema, replyHeaders } from './documented-problems.js';
import { Described, IsMapOf, IsText } from './reply-fields.js';

export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

const keyWords =
  'New for each purpose, the same for each repeat. The response is kept for 24 hours at least; what the key made is found ' +
  'however much later, and other content under it is refused (422).';

const text = { type: 'string' };

const jsonObject = reference('JsonObject');
const jsonEntry = { anyOf: [{ type: ['string', 'number', 'boolean', 'null'] }, jsonObject] };
/** Lists hold no lists: generators of types can't say a list of itself. */
const jsonObjectSchema: JsonSchema = {
  description: 'Any JSON object, with its lists',
  type: 'object',
  additionalProperties: { anyOf: [...jsonEntry.anyOf, { type: 'array', items: jsonEntry }] },
};

class OpenApiInfo {
  @IsText()
  readonly title!: string;

  @IsText()
  readonly version!: string;

  @Optional()
  @IsText()
  readonly description?: string;
}

class OpenApiComponents {
  @IsMapOf(jsonObject)
  readonly schemas!: Readonly<Record<string, unknown>>;
}

class OpenApiDescription {
  @IsText()
  readonly openapi!: string;

  @Nested(() => OpenApiInfo)
  readonly info!: OpenApiInfo;

  @IsMapOf({ type: 'object', additionalProperties: jsonObject })
  @Described('Operations by path and method')
  readonly paths!: Readonly<Record<string, unknown>>;

  @Nested(() => OpenApiComponents)
  readonly components!: OpenApiComponents;
}

const header = (name: string, description: string, required: boolean, example?: string): JsonSchema => ({
  name,
  in: 'header',
  required,
  description,
  schema: text,
  ...(example !== undefined && { example }),
});

const parametersOf = (definition: Route, schemas: ComponentSchemas): readonly JsonSchema[] => {
  const fromClass = (type: Route['params'], place: 'path' | 'query'): readonly JsonSchema[] =>
    (type === undefined ? [] : schemas.fieldsOf(type)).map(({ name, schema, isRequired }) => ({
      name,
      in: place,
      required: isRequired,
      schema,
    }));
  return [
    ...fromClass(definition.params, 'path'),
    ...fromClass(definition.query, 'query'),
    ...(definition.idempotent ? [header('Idempotency-Key', keyWords, true, '7f1d2c4e-first-try')] : []),
    ...(definition.needsIfMatch === true || 412 in definition.responses
      ? [header('If-Match', 'ETag that was read', definition.needsIfMatch === true, '"3"')]
      : []),
    ...(definition.method === 'get'
      ? [
          header('If-None-Match', 'ETag that is known already', false, '"3"'),
          header('Consistency-Token', 'From the answer to a write that has to be seen', false),
        ]
      : []),
  ];
};

const isDescribed = (reply: DocumentedReply | readonly DocumentedProblem[]): reply is DocumentedReply =>
  'description' in reply;

const hasTag = ({ headers = [] }: DocumentedReply): boolean => headers.includes('ETag');

const successReply = (reply: DocumentedReply, schemas: ComponentSchemas): JsonSchema => {
  const { body, contentType = 'application/json', example, headers = [] } = reply;
  const schema = body === 'text' ? text : body && schemas.of(body);
  return {
    description: reply.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers.map((name) => [name, replyHeaders[name]])) }),
    ...(schema !== undefined && {
      content: { [contentType]: { schema, ...(example !== undefined && { example }) } },
    }),
  };
};

const responsesOf = (definition: Route, schemas: ComponentSchemas): JsonSchema => {
  const responses: Record<string, JsonSchema> = {};
  const problems = new Map<number, readonly DocumentedProblem[]>();
  const add = (replies: DocumentedReplies): void => {
    for (const [status, reply] of Object.entries(replies)) {
      if (isDescribed(reply)) responses[status] = successReply(reply, schemas);
      else problems.set(Number(status), [...new Set([...(problems.get(Number(status)) ?? []), ...reply])]);
    }
  };
  add(frameProblems(definition));
  add(definition.responses);
  const tagged = Object.values(definition.responses).some((reply) => isDescribed(reply) && hasTag(reply));
  if (definition.method === 'get' && tagged)
    responses[304] = { description: 'Unchanged since the ETag that was given' };
  for (const [status, codes] of problems) responses[status] = problemReply(status, codes, schemas);
  return responses;
};

const operationOf = (definition: Route, schemas: ComponentSchemas): JsonSchema => {
  const { operationId, summary, tags, body, bodyExample } = definition;
  const parameters = parametersOf(definition, schemas);
  return {
    operationId,
    summary,
    tags,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: schemas.of(body),
            ...(bodyExample !== undefined && { example: bodyExample }),
          },
        },
      },
    }),
    responses: responsesOf(definition, schemas),
  };
};

/** The table as an OpenAPI 3.1 document. */
export const openApiDocument = (routes: readonly Route[], info: ApiInfo): JsonSchema => {
  const schemas = new ComponentSchemas();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const definition of routes) {
    const path = paths[definition.path] ?? {};
    if (path[definition.method] !== undefined)
      throw new Error(`two routes for ${definition.method} ${definition.path}`);
    path[definition.method] = operationOf(definition, schemas);
    paths[definition.path] = path;
  }
  return {
    openapi: '3.1.0',
    info,
    paths,
    components: { schemas: { ...schemas.byName, Problem: problemSchema, JsonObject: jsonObjectSchema } },
  };
};

/** The route that serves the document, itself included. */
export const openApiRoute = (table: readonly Route[], info: ApiInfo): Route => {
  let document = '';
  let etag = '';
  const self = route({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This description',
    tags: ['meta'],
    policy: 'public',
    idempotent: false,
    responses: { 200: { description: 'OpenAPI 3.1', body: OpenApiDescription, headers: ['ETag'] } },
    handler: async () => ({ status: 200, body: document, contentType: 'application/json', etag }),
  });
  document = JSON.stringify(openApiDocument([...table, self], info));
  etag = createHash('sha256').update(document).digest('base64url').slice(0, 22);
  return self;
};
