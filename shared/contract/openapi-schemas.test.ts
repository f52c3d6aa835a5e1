import { expect, test } from 'vitest';
import { assertTypeNames, hoistSchemas } from './openapi-schemas.ts';

const text = { type: 'string' };
const either = { anyOf: [text, { type: 'number' }] };

test('two different schemas of one name are rejected', () => {
  const of = (schema: object) => ({ $defs: { Toy: schema }, $ref: '#/$defs/Toy' });
  expect(() => hoistSchemas([of(text), of(either)])).toThrow('Two different schemas have the name Toy');
  expect(hoistSchemas([of(text), of(text)]).schemas).toEqual({ Toy: text });
});

test('two places whose types generators would name alike are rejected, with both', () => {
  const message = /LogIn\.org_id and LogIn\.orgId are both LogInOrgId/;
  expect(() => assertTypeNames({ LogIn: { properties: { org_id: either, orgId: either } } })).toThrow(message);
  const settings = { properties: { mode: { enum: ['a'] } } };
  expect(() => assertTypeNames({ Toy: { properties: { settings } }, ToySettings: settings })).toThrow(
    'Toy.settings and ToySettings are both ToySettings',
  );
  const inUnion = { anyOf: [{ properties: { size: { enum: ['s'] } } }, { type: 'null' }] };
  expect(() => assertTypeNames({ Toy: { properties: { part: inUnion } }, ToyPartSize: { enum: ['m'] } })).toThrow(
    'Toy.part.size and ToyPartSize',
  );
});

test('texts, numbers and references have no type of their own', () => {
  const reference = { $ref: '#/components/schemas/ToyMaker' };
  const properties = { org_id: text, orgId: text, maker: { anyOf: [reference, { type: 'null' }] } };
  expect(() => assertTypeNames({ Toy: { properties }, ToyMaker: { properties: {} } })).not.toThrow();
});
