import { expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';
import { requestSchema, type JsonSchema } from '#contract/json-schema.ts';
import type { Endpoint } from '#contract/endpoint.ts';
import { defaultLimit } from '#http/request/body.ts';

/**
 * Every documented number of entries can be sent: a list of so many whole entries fits into the body. A whole entry has
 * each of its fields, with the longest ASCII text, and empty lists.
 */

type Schema = {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maximum?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
};

/** Bytes of a text without a maximum, such as one with a pattern, and of a number. */
const shortText = 16;
const number = 17;

const largest = (values: readonly number[]): number => Math.max(0, ...values);
const jsonBytes = (value: unknown): number => JSON.stringify(value).length;

/** A reader of one schema, which has its parts by name. */
function schemaOf(root: Schema) {
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.split('/').at(-1) ?? ''] ?? {});

  /** Bytes of a whole value. */
  function bytesOf(of: Schema): number {
    const schema = resolve(of);
    const variants = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
    if (variants.length > 0) return largest(variants.map(bytesOf));
    if (schema.allOf !== undefined) return schema.allOf.reduce((sum, each) => sum + bytesOf(each), 0);
    if (schema.const !== undefined) return jsonBytes(schema.const);
    if (schema.enum !== undefined) return largest(schema.enum.map(jsonBytes));
    const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
    if (type === 'object' || schema.properties !== undefined)
      return Object.entries(schema.properties ?? {}).reduce(
        (sum, [name, field]) => sum + jsonBytes(name) + ':,'.length + bytesOf(field),
        '{}'.length,
      );
    if (type === 'array') return '[]'.length;
    return type === 'string' ? (schema.maxLength ?? shortText) + '""'.length : number;
  }

  /** The lists of a body that do not fit into it, with what each would have. */
  function tooLarge(of: Schema, path: string, limit: number): string[] {
    const schema = resolve(of);
    const { items, maxItems } = schema;
    const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
    const bytes = items === undefined || maxItems === undefined ? 0 : maxItems * (bytesOf(items) + ','.length);
    return [
      ...(bytes > limit ? [`${path}: ${maxItems} entries have ${bytes} of ${limit} bytes`] : []),
      ...Object.entries(schema.properties ?? {}).flatMap(([name, field]) => tooLarge(field, `${path}.${name}`, limit)),
      ...parts.flatMap((part) => tooLarge(part, path, limit)),
      ...(items === undefined ? [] : tooLarge(items, `${path}[]`, limit)),
    ];
  }

  return { tooLarge };
}

const tooLargeIn = (schema: JsonSchema, path: string, limit: number): string[] =>
  schemaOf(schema).tooLarge(schema, path, limit);

const endpoints: readonly Endpoint[] = contracts.flatMap((contract) =>
  'endpoints' in contract ? contract.endpoints : [],
);
const bodies = endpoints.flatMap(({ route, body, bodyLimit = defaultLimit }) =>
  body === undefined ? [] : [{ route, schema: requestSchema(body), limit: bodyLimit }],
);

test('a body holds as many whole entries of each list as its schema permits', () => {
  expect(bodies.length).toBeGreaterThan(100);
  expect(bodies.flatMap(({ route, schema, limit }) => tooLargeIn(schema, route, limit))).toEqual([]);
});

test('a list whose entries are too many for the body is found', () => {
  const items = { type: 'object', properties: { name: { type: 'string', maxLength: 89 } } };
  const listOf = (maxItems: number) => ({ type: 'object', properties: { lists: { type: 'array', maxItems, items } } });
  expect([10, 11].map((most) => tooLargeIn(listOf(most), 'PUT /a', 1_050).length)).toEqual([0, 1]);
});
