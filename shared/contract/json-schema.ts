import * as z from 'zod';

/** A JSON Schema of draft 2020-12, which is that of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Direction = 'input' | 'output';
type Node = { readonly zodSchema: z.core.$ZodTypes; readonly jsonSchema: Record<string, unknown> };

/**
 * What a schema says in its metadata of the form that clients send, where a conversion hides it
 * (`shared/schema/query.ts`).
 */
function applyOverride({ jsonSchema: node }: Node): void {
  const { override } = node;
  if (typeof override !== 'object') return;
  const { description } = node;
  for (const name of Object.keys(node)) Reflect.deleteProperty(node, name);
  Object.assign(node, override, description === undefined ? {} : { description });
}

/** Text is normalized before its limits are judged: to a client both are one text with limits. */
function applyLimits({ zodSchema, jsonSchema: node }: Node, direction: Direction): void {
  const { def } = zodSchema._zod;
  if (direction !== 'input' || def.type !== 'pipe' || node['type'] !== 'string') return;
  const limits = convert(def.out, 'input');
  if (limits['type'] !== 'string') return;
  for (const [name, value] of Object.entries(limits)) node[name] ??= value;
}

/** Ways in which zod holds a text to a pattern; JSON Schema knows no such formats. */
const notFormats: ReadonlySet<unknown> = new Set([
  'regex',
  'lowercase',
  'uppercase',
  'includes',
  'starts_with',
  'ends_with',
]);

/** What zod says to itself: its names of patterns, bounds of what a double holds, refusal of unknown fields. */
function dropZodsOwn({ jsonSchema: node }: Node): void {
  if (notFormats.has(node['format'])) delete node['format'];
  if (node['minimum'] === Number.MIN_SAFE_INTEGER) delete node['minimum'];
  if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum'];
  // More may be answered one day; and nobody who sends more is refused (auth.md).
  if (node['additionalProperties'] === false) delete node['additionalProperties'];
}

function convert(schema: z.core.$ZodType, direction: Direction): JsonSchema {
  const { $schema: _, ...found } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: direction,
    unrepresentable: 'any',
    reused: 'inline',
    cycles: 'throw',
    override: (node) => {
      applyLimits(node, direction);
      applyOverride(node);
      dropZodsOwn(node);
    },
  });
  return found;
}

/** What clients send. @throws Error for a schema that contains itself */
export const requestSchema = (schema: z.ZodType): JsonSchema => convert(schema, 'input');
/** What clients get. @throws Error for a schema that contains itself */
export const answerSchema = (schema: z.ZodType): JsonSchema => convert(schema, 'output');
