import * as z from 'zod';
import { omit } from '../schema/omit.ts';

/** A JSON Schema of draft 2020-12, which is that of OpenAPI 3.1. */
export type JsonSchema = Readonly<Record<string, unknown>>;

type Direction = 'input' | 'output';
type Node = { readonly zodSchema: z.core.$ZodTypes; readonly jsonSchema: Record<string, unknown> };

/** Applies the schema in the metadata `override`, for types that a conversion hides (`shared/schema/query.ts`). */
function applyOverride({ jsonSchema: node }: Node): void {
  const { override } = node;
  if (typeof override !== 'object') return;
  const { description } = node;
  for (const name of Object.keys(node)) Reflect.deleteProperty(node, name);
  Object.assign(node, override, description === undefined ? {} : { description });
}

/** Copies the limits of a text that is normalized first: to a client it is one text with limits. */
function applyLimits({ zodSchema, jsonSchema: node }: Node, direction: Direction): void {
  const { def } = zodSchema._zod;
  if (direction !== 'input' || def.type !== 'pipe' || node['type'] !== 'string') return;
  const limits = convert(def.out, 'input');
  if (limits['type'] !== 'string') return;
  for (const [name, value] of Object.entries(limits)) node[name] ??= value;
}

/** Formats of zod that JSON Schema does not have. */
const notFormats: ReadonlySet<unknown> = new Set([
  'regex',
  'lowercase',
  'uppercase',
  'includes',
  'starts_with',
  'ends_with',
]);

/** Removes what is specific to zod: names of patterns, the bounds of safe integers, rejection of unknown fields. */
function removeZodSpecifics({ jsonSchema: node }: Node): void {
  if (notFormats.has(node['format'])) delete node['format'];
  if (node['minimum'] === Number.MIN_SAFE_INTEGER) delete node['minimum'];
  if (node['maximum'] === Number.MAX_SAFE_INTEGER) delete node['maximum'];
  // Unknown fields of requests are ignored, and answers may get more fields.
  if (node['additionalProperties'] === false) delete node['additionalProperties'];
}

function convert(schema: z.core.$ZodType, direction: Direction): JsonSchema {
  const converted = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io: direction,
    unrepresentable: 'any',
    reused: 'inline',
    cycles: 'throw',
    override: (node) => {
      applyLimits(node, direction);
      applyOverride(node);
      removeZodSpecifics(node);
    },
  });
  return omit(converted, '$schema');
}

/** The schema of what clients send. @throws Error for a recursive schema */
export const requestSchema = (schema: z.ZodType): JsonSchema => convert(schema, 'input');
/** The schema of what clients receive. @throws Error for a recursive schema */
export const answerSchema = (schema: z.ZodType): JsonSchema => convert(schema, 'output');
