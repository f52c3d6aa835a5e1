import { expect, test } from 'vitest';
import { operationsByTag } from './operations.ts';

const json = (schema: object, more: object = {}) => ({ content: { 'application/json': { schema, ...more } } });
const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const integer = { type: 'integer' };

const document = {
  paths: {
    '/flowers': {
      get: {
        tags: ['garden'],
        operationId: 'listFlowers',
        summary: 'List flowers',
        security: [{ bearer: ['garden:read'] }, { accesskey: ['garden:read'] }],
        parameters: [
          { name: 'limit', in: 'query', schema: integer },
          { name: 'color', in: 'query', schema: { type: 'string' }, description: 'Its color' },
          { name: 'If-Match', in: 'header', schema: { type: 'string' } },
          { $ref: '#/components/parameters/org_id' },
        ],
        responses: {
          200: json({
            properties: { warnings: reference('Warnings'), data: { properties: { flowers: reference('Flowers') } } },
          }),
        },
      },
    },
    '/flowers/{id}': {
      put: {
        tags: ['garden'],
        operationId: 'saveFlower',
        description: 'Replaces it.',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' }, description: 'Its id' }],
        requestBody: json(reference('Flower'), { example: { color: 'red' } }),
        responses: { 200: json({ properties: { data: reference('Flower') } }) },
      },
    },
    '/soil': { get: { tags: ['ground'], operationId: 'getSoil', responses: {} } },
  },
  components: {
    schemas: {
      Flower: { properties: { color: { description: 'Its color' }, leaf: reference('Leaf') } },
      // Of two forms.
      Flowers: { type: 'array', items: { anyOf: [reference('Flower'), { properties: { thorns: integer } }] } },
      // Refers to itself.
      Leaf: { properties: { size: integer, leaf: reference('Leaf') } },
      Warnings: { type: 'array', items: { properties: { text: {} } } },
      Soil: {},
    },
  },
};

test('a tag has its operations with texts, scopes, filters and where their list is', () => {
  const { garden } = operationsByTag(document);
  expect(garden?.operations['GET /flowers']).toEqual({
    ...{ id: 'listFlowers', summary: 'List flowers', description: '', scopes: ['garden:read'] },
    variables: [],
    query: [{ name: 'color', description: 'Its color', isRequired: false, schema: { type: 'string' } }],
    listAt: ['data', 'flowers'],
    fields: { thorns: '', color: 'Its color', leaf: '' },
  });
  expect(garden?.operations['PUT /flowers/{id}']).toEqual({
    ...{ id: 'saveFlower', summary: '', description: 'Replaces it.', scopes: [], query: [] },
    variables: [{ name: 'id', description: 'Its id', isRequired: true, schema: { type: 'string' } }],
    ...{ body: reference('Flower'), example: { color: 'red' } },
  });
});

test('a tag has the schemas that its bodies refer to, however far away, and no others', () => {
  const byTag = operationsByTag(document);
  expect(Object.keys(byTag['garden']?.schemas ?? {})).toEqual(['Flower', 'Leaf']);
  expect(byTag['ground']?.schemas).toEqual({});
});

test('a document without anything has no tags', () => {
  expect(operationsByTag({})).toEqual({});
});
