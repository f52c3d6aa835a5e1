import { at, isObject, listIn, textIn, type JsonObject } from './json-value.ts';

/** What the console knows of the API: its operations with their texts, forms and lists, from the OpenAPI document. */

/** A JSON schema, or a reference to one. */
export type Schema = JsonObject;

export type Parameter = {
  readonly name: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly schema: Schema;
};

export type Operation = {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  /** Scopes of which the caller needs one. Empty: any credential. */
  readonly scopes: readonly string[];
  /** Variables of the path, in its order. */
  readonly variables: readonly Parameter[];
  /** Filters of a list, without those of paging. */
  readonly query: readonly Parameter[];
  readonly body?: Schema;
  readonly example?: unknown;
  /** Where the items of a list are in the answer, such as `['data', 'entries']`. */
  readonly listAt?: readonly string[];
  /** What is said of the fields of an item. */
  readonly fields?: Readonly<Record<string, string>>;
};

/** Operations by route (`GET /users`), and the schemas that they refer to by name. */
export type Operations = {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, Schema>>;
};

const paging = new Set(['limit', 'per_page', 'offset', 'page', 'page_token', 'count']);
const schemaPrefix = '#/components/schemas/';

/** The schema that a reference names, and so on. */
export const resolve = (schema: unknown, schemas: Schema): unknown => {
  const name = textIn(at(schema, '$ref')).slice(schemaPrefix.length);
  return name === '' ? schema : resolve(schemas[name], schemas);
};

type FoundList = { readonly listAt: readonly string[]; readonly fields: Readonly<Record<string, string>> };

/** The list in an answer: that of objects, at most one object deep. */
function listOf(answer: unknown, schemas: Schema, path: readonly string[] = []): FoundList | undefined {
  const properties = at(resolve(answer, schemas), 'properties');
  if (!isObject(properties)) return undefined;
  for (const [name, property] of Object.entries(properties)) {
    const schema = resolve(property, schemas);
    const fields = fieldsOf(at(schema, 'items'), schemas);
    if (name !== 'warnings' && isObject(fields)) return { listAt: [...path, name], fields: descriptionsOf(fields) };
  }
  return path.length === 0 ? listOf(properties['data'], schemas, ['data']) : undefined;
}

/** Fields of an object, or of all its forms. @returns undefined: it is no object */
export function fieldsOf(item: unknown, schemas: Schema): unknown {
  const schema = resolve(item, schemas);
  const forms = listIn(at(schema, 'anyOf')).map((form) => fieldsOf(form, schemas));
  const objects = forms.filter(isObject);
  return objects.length === 0 ? at(schema, 'properties') : Object.assign({}, ...objects.toReversed());
}

const descriptionsOf = (fields: Schema): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, textIn(at(field, 'description'))]));

/** @param place `path` or `query` */
function parametersOf(operation: unknown, place: string): readonly Parameter[] {
  return listIn(at(operation, 'parameters')).flatMap((parameter) => {
    const [name, schema] = [textIn(at(parameter, 'name')), at(parameter, 'schema')];
    if (at(parameter, 'in') !== place || paging.has(name) || !isObject(schema)) return [];
    const isRequired = at(parameter, 'required') === true;
    return [{ name, description: textIn(at(parameter, 'description')), isRequired, schema }];
  });
}

const json = ['content', 'application/json'] as const;

function operationOf(operation: unknown, schemas: Schema): Operation {
  const body = at(operation, 'requestBody', ...json, 'schema');
  const example = at(operation, 'requestBody', ...json, 'example');
  const list = listOf(at(operation, 'responses', '200', ...json, 'schema'), schemas);
  return {
    id: textIn(at(operation, 'operationId')),
    summary: textIn(at(operation, 'summary')),
    description: textIn(at(operation, 'description')),
    scopes: listIn(at(listIn(at(operation, 'security'))[0], 'bearer')).map(textIn),
    variables: parametersOf(operation, 'path'),
    query: parametersOf(operation, 'query'),
    ...(isObject(body) ? { body } : {}),
    ...(example === undefined ? {} : { example }),
    ...list,
  };
}

/** Schemas that a value refers to, however far away. */
function referredTo(value: unknown, schemas: Schema): Readonly<Record<string, Schema>> {
  const found = new Map<string, Schema>();
  const visit = (from: unknown): void => {
    for (const [, name = ''] of JSON.stringify(from).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      const schema = schemas[name];
      if (found.has(name) || !isObject(schema)) continue;
      found.set(name, schema);
      visit(schema);
    }
  };
  visit(value);
  return Object.fromEntries(found);
}

/** The operations of each tag of an OpenAPI document (OpenAPI 3.1). */
export function operationsByTag(document: Schema): Readonly<Record<string, Operations>> {
  const schemas = at(document, 'components', 'schemas');
  const known = isObject(schemas) ? schemas : {};
  const byTag: Record<string, Record<string, Operation>> = {};
  for (const [path, methods] of Object.entries(isObject(document['paths']) ? document['paths'] : {}))
    for (const [method, operation] of Object.entries(isObject(methods) ? methods : {})) {
      const tag = textIn(listIn(at(operation, 'tags'))[0]);
      (byTag[tag] ??= {})[`${method.toUpperCase()} ${path}`] = operationOf(operation, known);
    }
  return Object.fromEntries(
    Object.entries(byTag).map(([tag, operations]) => [tag, { operations, schemas: referredTo(operations, known) }]),
  );
}
