import { expect, test } from 'vitest';
import * as z from 'zod';
import { fieldsOf, namesIn } from './fields.ts';

const namesOf = (schema: z.ZodType): string[] => namesIn(fieldsOf(schema)).toSorted();

test('optional, nullable, default and piped schemas name the fields of what is inside', () => {
  const Inner = z.object({ rate: z.string() });
  const variants = [
    Inner.optional(),
    Inner.nullish(),
    Inner.default({ rate: '1' }),
    Inner.readonly(),
    Inner.refine(() => true),
    Inner.transform(({ rate }) => rate),
    z.preprocess((value) => value, Inner),
  ];
  for (const variant of variants) expect(namesOf(z.object({ inner: variant }))).toEqual(['inner', 'rate']);
});

test('lists, unions and intersections name the fields of all their parts', () => {
  const Sip = z.object({ kind: z.literal('sip'), host: z.string() });
  const Number = z.object({ kind: z.literal('number'), number: z.string() });
  expect(namesOf(z.array(z.discriminatedUnion('kind', [Sip, Number])))).toEqual(['host', 'kind', 'number']);
  expect(namesOf(z.union([z.string(), Sip]))).toEqual(['host', 'kind']);
  expect(namesOf(z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })))).toEqual(['a', 'b']);
  expect(namesOf(z.tuple([z.object({ first: z.string() })]))).toEqual(['first']);
});

test('names that the client chooses are none of the schema, and free content has none', () => {
  expect(fieldsOf(z.record(z.string(), z.object({ port: z.int() }))).values?.named.has('port')).toBe(true);
  expect(fieldsOf(z.looseObject({ a: z.string() })).values?.isFree).toBe(true);
  expect(fieldsOf(z.strictObject({ a: z.string() })).values).toBeUndefined();
  expect([z.unknown(), z.any(), z.custom()].map((schema) => fieldsOf(schema).isFree)).toEqual([true, true, true]);
  expect(fieldsOf(z.string()).isFree).toBe(false);
});
