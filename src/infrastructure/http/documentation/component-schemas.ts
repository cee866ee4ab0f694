import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { ProblemWithMembers } from '../frame/route.js';
import { nestedClassOf } from '../input/fields.js';
import { fieldsOf, isPlainObject } from '../input/instance.js';
import type { JsonSchema } from '../input/rule.js';

const references = '#/components/schemas/';
export const reference = (name: string): JsonSchema => ({ $ref: references + name });

/** A problem with one of these codes, and with further members. */
export const problemOf = (
  codes: readonly string[],
  { properties = {}, required = [] }: { readonly properties?: unknown; readonly required?: unknown } = {},
): JsonSchema => ({
  allOf: [
    reference('Problem'),
    {
      type: 'object',
      required: ['code', ...(Array.isArray(required) ? required : [])],
      properties: { code: { type: 'string', enum: codes }, ...(isPlainObject(properties) && properties) },
    },
  ],
});

export interface DocumentedField {
  readonly name: string;
  readonly schema: unknown;
  readonly isRequired: boolean;
}

/** The schemas of classes by name, in JSON Schema 2020-12. */
export class ComponentSchemas {
  readonly byName: Record<string, JsonSchema> = {};
  readonly #classes = new Map<string, unknown>();

  /** @throws Error if two classes have one name */
  of(type: abstract new () => object): JsonSchema {
    const known = this.#classes.get(type.name);
    if (known !== undefined && known !== type) throw new Error(`two classes are called ${type.name}`);
    if (known === undefined) {
      this.#classes.set(type.name, type);
      this.byName[type.name] = { ...this.#converted(type), additionalProperties: false };
      for (const field of fieldsOf(type)) {
        const nested = nestedClassOf(type, field);
        if (nested !== undefined) this.of(nested);
      }
    }
    return reference(type.name);
  }

  /** The schema of a problem with members of its own, kept under the name of their class. */
  ofProblem({ code, members }: ProblemWithMembers): JsonSchema {
    const { properties, required } = this.#converted(members);
    this.byName[members.name] = problemOf([code], { properties, required });
    return reference(members.name);
  }

  /** The fields of a class one by one, without keeping the class: for parameters. */
  fieldsOf(type: abstract new () => object): readonly DocumentedField[] {
    const { properties, required } = this.#converted(type);
    if (!isPlainObject(properties)) return [];
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      schema,
      isRequired: Array.isArray(required) && required.includes(name),
    }));
  }

  #converted(type: abstract new () => object): JsonSchema {
    const converted = targetConstructorToSchema(type, {
      refPointerPrefix: references,
      additionalConverters: {
        // Ours: the rule itself came along as the constraint.
        customValidation: ({ constraints }) => (isRule(constraints?.[0]) ? { ...constraints[0].schema } : undefined),
        isDefined: {},
        nestedValidation: ({ target, propertyName }) => {
          const nested = nestedClassOf(target, propertyName);
          return nested === undefined ? undefined : { $ref: references + nested.name };
        },
      },
    });
    return withListsOfNested(type, { ...converted });
  }
}

const isRule = (value: unknown): value is { readonly schema: JsonSchema } =>
  isPlainObject(value) && isPlainObject(value.schema);

/** A nested class with a list's bounds beside it is the class of the entries. */
const withListsOfNested = (type: unknown, schema: JsonSchema): JsonSchema => {
  if (!isPlainObject(schema.properties)) return schema;
  const properties = Object.entries(schema.properties).map(([name, property]) => {
    if (nestedClassOf(type, name) === undefined || !isPlainObject(property) || property.type !== 'array') {
      return [name, property];
    }
    const { $ref, ...list } = property;
    return [name, { ...list, items: { $ref } }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
};
