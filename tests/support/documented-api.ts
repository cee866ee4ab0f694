import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ApiClient, Reply } from '../../src/infrastructure/http/client/api-client.js';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
}

interface Documented {
  readonly content?: Readonly<
    Record<string, { readonly schema: Schema; readonly examples?: Readonly<Record<string, unknown>> }>
  >;
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface OperationObject {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, Documented>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly method: string;
  /** Template: `/v1/orders/{orderId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  readonly responses: Readonly<Record<string, Documented>>;
}

/** Keys and indexes that lead to a field of a body. */
export type FieldPath = readonly (string | number)[];

/** The API as a running platform describes itself: what tests that no route may escape are made from. */
export class DocumentedApi {
  readonly operations: readonly Operation[];
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  readonly #checks = new Map<string, ValidateFunction>();

  private constructor(private readonly document: OpenApi) {
    this.#ajv.addSchema(document, 'api');
    this.operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        operationId: operation.operationId,
        parameters: operation.parameters ?? [],
        responses: operation.responses,
        ...(operation.requestBody && { body: operation.requestBody.content['application/json'].schema }),
      })),
    );
  }

  static async read(api: ApiClient): Promise<DocumentedApi> {
    return new DocumentedApi((await api.send<OpenApi>('GET', '/openapi.json')).body);
  }

  /** @throws Error if there is none */
  operation(operationId: string): Operation {
    const found = this.operations.find((operation) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`no route is called ${operationId}`);
    return found;
  }

  /** Every field that a body may have, those within others too, the first entry for a list. */
  fieldsOf(schema: Schema, at: FieldPath = []): readonly FieldPath[] {
    const { properties = {}, items } = this.#resolved(schema);
    const inner = Object.entries(properties).flatMap(([name, field]) => this.fieldsOf(field, [...at, name]));
    if (items !== undefined) inner.push(...this.fieldsOf(items, [...at, 0]));
    return at.length === 0 ? inner : [at, ...inner];
  }

  /** The type that a body's field is declared with. */
  typeAt(schema: Schema, [step, ...rest]: FieldPath): Schema['type'] {
    const { type, properties = {}, items } = this.#resolved(schema);
    if (step === undefined) return type;
    const inner = typeof step === 'number' ? items : properties[step];
    return inner && this.typeAt(inner, rest);
  }

  /** Problems that the routes may answer. */
  problems(): readonly { readonly status: string; readonly code: string }[] {
    return this.operations.flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.keys(content['application/problem+json']?.examples ?? {}).map((code) => ({ status, code })),
      ),
    );
  }

  /** Places in the replies that say no more than that there is an object, or nothing at all. */
  bareReplies(): readonly string[] {
    const seen = new Set<string>();
    return this.operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) =>
        Object.values(content).flatMap(({ schema }) => this.#bareIn(schema, `${operationId} ${status}`, seen)),
      ),
    );
  }

  #bareIn(schema: Schema, at: string, seen: Set<string>): readonly string[] {
    if (schema.$ref !== undefined) {
      if (seen.has(schema.$ref)) return [];
      seen.add(schema.$ref);
      return this.#bareIn(this.#resolved(schema), schema.$ref, seen);
    }
    const { type, properties = {}, additionalProperties, items } = schema;
    const inner = [
      ...Object.entries(properties),
      ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((forms = []) => Object.entries(forms)),
      ...(items === undefined ? [] : [['[]', items] as const]),
      ...(typeof additionalProperties === 'object' ? [['*', additionalProperties] as const] : []),
    ];
    const saysNothing = inner.length === 0 && (type === undefined || type === 'object' || type === 'array');
    return saysNothing ? [at] : inner.flatMap(([name, one]) => this.#bareIn(one, `${at} ${name}`, seen));
  }

  /** What in an answer isn't as documented: its status, type, headers or body. */
  faultsOf({ path, method, responses }: Operation, { status, headers, text }: Reply<unknown>): readonly string[] {
    const documented = responses[status];
    if (documented === undefined) return [`${method} ${path}: ${status} is not documented: ${text}`];
    const missing = Object.keys(documented.headers ?? {}).filter((name) => !headers.has(name));
    const faults = status < 400 ? missing.map((name) => `${method} ${path}: ${status} without ${name}`) : [];
    const [contentType] = Object.keys(documented.content ?? {});
    if (contentType === undefined) return faults;
    if (headers.get('content-type') !== contentType) faults.push(`${path}: ${headers.get('content-type')}`);
    const body: unknown = contentType.includes('json') ? JSON.parse(text) : text;
    const check = this.#check(path, method, status, contentType);
    if (!check(body)) faults.push(`${method} ${path}: ${status} ${this.#ajv.errorsText(check.errors)}: ${text}`);
    return faults;
  }

  #check(path: string, method: string, status: number, contentType: string): ValidateFunction {
    const steps = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', contentType, 'schema'];
    const escaped = steps.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
    const $ref = `api#/${escaped.join('/')}`;
    // A problem may have members that its readers don't know (RFC 9457); ours are all described.
    const known = this.#checks.get($ref) ?? this.#ajv.compile({ $ref, unevaluatedProperties: false });
    this.#checks.set($ref, known);
    return known;
  }

  #resolved(schema: Schema): Schema {
    const name = schema.$ref?.replace('#/components/schemas/', '');
    if (name === undefined) return schema;
    const found = this.document.components.schemas[name];
    if (found === undefined) throw new Error(`there is no schema ${name}`);
    return found;
  }
}

/** A copy of a body with one field set to something else. */
export const withField = (body: unknown, [step, ...rest]: FieldPath, value: unknown): unknown => {
  if (step === undefined) return value;
  if (typeof step === 'number') {
    const list: unknown[] = Array.isArray(body) ? body : [];
    return [withField(list[step], rest, value), ...list.slice(1)];
  }
  const inner = typeof body === 'object' && body !== null ? new Map(Object.entries(body)) : new Map<string, unknown>();
  return Object.fromEntries(inner.set(step, withField(inner.get(step), rest, value)));
};
