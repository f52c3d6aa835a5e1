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
