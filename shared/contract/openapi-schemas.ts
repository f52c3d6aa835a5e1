import type { JsonSchema } from './json-schema.ts';

/** Schemas with a name (`.meta({ id })`), which a document has once, however often it refers to them. */

const isNode = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const placed = (reference: unknown): unknown =>
  typeof reference === 'string' ? reference.replace(/^#\/\$defs\//, '#/components/schemas/') : reference;

/**
 * The same with all schemas of `$defs` moved to the document's components, and these by their names.
 * @throws Error where two that differ have one name: of requests and answers say, when defaults make a difference
 */
export function hoistSchemas<T>(value: T): {
  readonly value: T;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
} {
  const schemas = new Map<string, JsonSchema>();

  function keep(name: string, schema: unknown): void {
    const moved = move(schema) as JsonSchema;
    const known = schemas.get(name) ?? moved;
    if (JSON.stringify(known) !== JSON.stringify(moved)) throw new Error(`Two schemas are called ${name}`);
    schemas.set(name, moved);
  }

  function move(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(move);
    if (!isNode(node)) return node;
    const { $defs = {}, ...rest } = node;
    for (const [name, schema] of Object.entries($defs as JsonSchema)) keep(name, schema);
    return Object.fromEntries(
      Object.entries(rest).map(([key, each]) => [key, key === '$ref' ? placed(each) : move(each)]),
    );
  }

  // What is moved keeps its form but for references.
  const moved = move(value) as T;
  return {
    value: moved,
    schemas: Object.fromEntries([...schemas].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  };
}
