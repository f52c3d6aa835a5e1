import { expect, test } from 'vitest';
import { filledIn, filtersOf, inputsOf, listRequest, replacedVersion, requestOf } from './inputs.ts';

const text = { type: 'string' };
const parameter = (name: string, isRequired = false) => ({
  name,
  description: `The ${name}`,
  isRequired,
  schema: text,
});
const operations = {
  operations: {},
  schemas: { Search: { required: ['since'], properties: { since: text, color: text, page_token: text } } },
};
const common = { id: 'x', summary: '', description: '', scopes: [] };
const lookUp = { ...common, variables: [parameter('number', true)], query: [parameter('at'), parameter('limit')] };
const search = {
  ...{ ...common, variables: [parameter('garden', true)], query: [] },
  body: { $ref: '#/components/schemas/Search' },
};

test('an operation is asked for variables that are not known, its filters and its body', () => {
  expect(inputsOf(lookUp, operations, undefined).map(({ name }) => name)).toEqual(['number', 'at']);
  expect(inputsOf(lookUp, operations, 'known').map(({ name }) => name)).toEqual(['at']);
  const inputs = inputsOf(search, operations, undefined);
  expect(inputs.filter(({ isRequired }) => isRequired).map(({ name }) => name)).toEqual(['garden', 'since']);
});

test('what was typed is in the path, the query or the body, as the operation has it', () => {
  expect(requestOf('GET /rates/{number}', lookUp, { number: '+44 7', at: 'now' }, undefined)).toEqual({
    ...{ method: 'GET', path: '/rates/%2B44%207', query: { at: 'now' } },
  });
  expect(requestOf('POST /gardens/{garden}/search', search, { since: 'x' }, 'g/1')).toEqual({
    ...{ method: 'POST', path: '/gardens/g%2F1/search', body: { since: 'x' } },
  });
});

test('filters are those of the query or of the body of a search, without those of paging', () => {
  expect(filtersOf(lookUp, operations).map(({ name }) => name)).toEqual(['at']);
  expect(filtersOf(search, operations).map(({ name, isRequired }) => [name, isRequired])).toEqual([
    ['since', true],
    ['color', false],
  ]);
});

test('a search has its filters in the body, any other list in the query', () => {
  expect(listRequest('GET /flowers', { color: 'red' })).toMatchObject({ query: { color: 'red' } });
  expect(listRequest('POST /gardens/{id}/search', { color: 'red' }, 'g')).toEqual({
    ...{ method: 'POST', path: '/gardens/g/search', body: { color: 'red' } },
  });
});

test('variables that are not known stay as they are', () => {
  expect(filledIn('GET /a/{b}/c/{d}', 'x')).toBe('/a/x/c/{d}');
});

test('a variable of several segments keeps its slashes', () => {
  expect(filledIn('GET /events/{entity+}', 'call/c d')).toBe('/events/call/c%20d');
  expect(filledIn('GET /events/{entity}', 'call/c')).toBe('/events/call%2Fc');
});

test('a change names the version that was read, unless it is of another resource than that', () => {
  const general = { queue_id: null, version: 3 };
  expect(replacedVersion(general, { refresh_interval: 5 }, undefined)).toBe(3);
  expect(replacedVersion(general, { refresh_interval: 5 }, 'queue_id')).toBe(3);
  expect(replacedVersion(general, { queue_id: 'grp_1', refresh_interval: 5 }, 'queue_id')).toBeUndefined();
  expect(replacedVersion({}, {}, undefined)).toBeUndefined();
});
