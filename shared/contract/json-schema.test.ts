import * as z from 'zod';
import { expect, test } from 'vitest';
import { flag, wholeNumber } from '../schema/query.ts';
import { Country, Id, Name, OrganizationId } from '../schema/values.ts';
import { answerSchema, requestSchema } from './json-schema.ts';

test('a text that is normalized first keeps its limits', () => {
  expect(requestSchema(Name)).toEqual({ type: 'string', minLength: 1, maxLength: 128 });
  expect(requestSchema(Country)).toEqual({ type: 'string', pattern: '^[A-Za-z]{2}$' });
});

test('a query value has the type that clients send', () => {
  expect(requestSchema(wholeNumber(1, 500).optional())).toEqual({ type: 'integer', minimum: 1, maximum: 500 });
  expect(requestSchema(flag)).toEqual({ type: 'string', enum: ['true', 'false'] });
});

test('an override keeps the description', () => {
  const schema = z.string().meta({ description: 'A status', override: { type: 'integer' } });
  expect(requestSchema(schema)).toEqual({ type: 'integer', description: 'A status' });
});

test('a request schema describes values before their conversion', () => {
  expect(requestSchema(OrganizationId)['$defs']).toMatchObject({
    OrganizationId: {
      anyOf: [
        { type: 'integer', minimum: 1000 },
        { type: 'string', pattern: '^(?:org_)?([1-9][0-9]{3,11})$' },
      ],
    },
  });
});

test('an answer may get more fields, and shows no details of zod', () => {
  expect(answerSchema(z.object({ id: Id('trunk'), port: z.number().int() }))).toEqual({
    type: 'object',
    required: ['id', 'port'],
    properties: { id: { type: 'string', pattern: '^trunk_.*' }, port: { type: 'integer' } },
  });
});

test('a recursive schema is rejected', () => {
  const Tree: z.ZodType = z.object({
    get children() {
      return z.array(Tree);
    },
  });
  expect(() => answerSchema(Tree)).toThrow();
});
