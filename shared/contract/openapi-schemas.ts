import type { JsonSchema } from './json-schema.ts';

/** Named schemas (`.meta({ id })`) are components of the document, which has each of them once. */

const isNode = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toComponent = (reference: unknown): unknown =>
  typeof reference === 'string' ? reference.replace(/^#\/\$defs\//, '#/components/schemas/') : reference;

/**
 * Moves all schemas of `$defs` out of a value.
 * @returns the value with references to components, and the moved schemas by name
 * @throws Error if two different schemas have one name, as a schema with defaults has in a request and in an answer
 */
export function hoistSchemas<T>(value: T): {
  readonly value: T;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
} {
  const schemas = new Map<string, JsonSchema>();

  function add(name: string, schema: unknown): void {
    const moved = move(schema) as JsonSchema;
    const known = schemas.get(name) ?? moved;
    if (JSON.stringify(known) !== JSON.stringify(moved)) throw new Error(`Two different schemas have the name ${name}`);
    schemas.set(name, moved);
  }

  function move(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(move);
    if (!isNode(node)) return node;
    const { $defs = {}, ...rest } = node;
    for (const [name, schema] of Object.entries($defs as JsonSchema)) add(name, schema);
    return Object.fromEntries(
      Object.entries(rest).map(([key, inner]) => [key, key === '$ref' ? toComponent(inner) : move(inner)]),
    );
  }

  // The assertion is safe: only references change.
  const moved = move(value) as T;
  return {
    value: moved,
    schemas: Object.fromEntries([...schemas].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}

/** `org_id` and `orgId` as `OrgId`. */
const typeName = (name: string): string =>
  name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

const nodesIn = (value: unknown): readonly JsonSchema[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** The forms of a value, without null. */
const formsOf = (schema: JsonSchema): readonly JsonSchema[] => {
  const forms = [...nodesIn(schema['anyOf']), ...nodesIn(schema['oneOf'])];
  return forms.length === 0 ? [schema] : forms.filter(({ type }) => type !== 'null').flatMap(formsOf);
};

/** Whether generators make a type of a schema within another: an object, an enumeration or a union. */
const hasType = (forms: readonly JsonSchema[]): boolean =>
  forms.length > 1 || forms.some((form) => 'properties' in form || 'enum' in form);

/** The types that generators make of a schema and of what is in it, with their places. */
function typesIn(name: string, place: string, schema: JsonSchema): readonly (readonly [name: string, place: string])[] {
  const forms = formsOf(schema);
  const properties = forms.flatMap((form) => (isNode(form['properties']) ? Object.entries(form['properties']) : []));
  const inner = properties.flatMap(([property, value]) =>
    isNode(value) ? typesIn(name + typeName(property), `${place}.${property}`, value) : [],
  );
  return hasType(forms) ? [[name, place], ...inner] : inner;
}

/**
 * Generators name a type by its schema and its property, in one way for all spellings (orval 7 wrote
 * `LogInOrgId` twice, for `org_id` and `orgId`).
 * @throws Error if two places have one name, with both
 */
export function assertTypeNames(schemas: Readonly<Record<string, JsonSchema>>): void {
  const places = new Map<string, string>();
  for (const [component, schema] of Object.entries(schemas))
    for (const [name, place] of typesIn(typeName(component), component, schema)) {
      const known = places.get(name) ?? place;
      if (known !== place)
        throw new Error(`${known} and ${place} are both ${name} in generated clients: give one a schema with an id`);
      places.set(name, place);
    }
}
