import * as z from 'zod';
import { expect, test } from 'vitest';
import { pageQuery } from '../schema/query.ts';
import { endpoint, listOf, type Endpoint } from './endpoint.ts';
import { placePage, underVoipbin } from './voipbin.ts';

const spec = { summary: 'Toy', scope: 'any', errors: [], effects: [] } as const;
const Toy = z.object({ id: z.string() });
const list = endpoint('GET /toys', { ...spec, query: pageQuery, answers: { 200: listOf(Toy) } });
const get = endpoint('GET /toys/{id}', { ...spec, params: { id: z.string() }, answers: { 200: Toy } });
const searchBy = (fields: z.ZodRawShape) =>
  endpoint('POST /toys/search', { ...spec, body: z.object(fields), answers: { 200: listOf(Toy) } });
const page_token = z.string().optional();
const search = searchBy({ page_token, per_page: z.number().optional() });

test('an endpoint is derived once, with bare answers and without 422', () => {
  const declared: Endpoint = { ...get, errorStatus: { ODD: 422, EVEN: 409 } };
  const derived = underVoipbin(declared);
  expect(derived).toMatchObject({ format: 'voipbin', brokenRule: 400, errorStatus: { ODD: 400, EVEN: 409 } });
  expect(underVoipbin(declared)).toBe(derived);
  expect(declared).not.toHaveProperty('format');
});

test('a list and a search have page_size and page_token in the query, other endpoints have not', () => {
  const namesOf = (each: Endpoint) => Object.keys(underVoipbin(each).query ?? {});
  expect(namesOf(list)).toEqual([...Object.keys(pageQuery), 'page_size']);
  expect(namesOf(search)).toEqual(['page_token', 'page_size']);
  expect(namesOf(get)).toEqual([]);
});

test('page_size is the limit of a list; without it the limit stays', () => {
  const placed = (query: Readonly<Record<string, unknown>>) =>
    placePage(underVoipbin(list), { query, content: {} }).query;
  expect(placed({ page_size: 2, page_token: 't', q: 'x' })).toEqual({ limit: 2, page_token: 't', q: 'x' });
  expect(placed({ page_size: 2, limit: 9 })).toEqual({ limit: 2 });
  expect(placed({ limit: 9 })).toEqual({ limit: 9 });
});

test('a search gets the page in its body, under the name that its size has there', () => {
  const query = { page_size: 2, page_token: 't', q: 'x' };
  expect(placePage(underVoipbin(search), { query, content: { a: 1, per_page: 9 } })).toEqual({
    query: { q: 'x' },
    content: { a: 1, per_page: 2, page_token: 't' },
  });
  const limited = underVoipbin(searchBy({ page_token, limit: z.number().optional() }));
  expect(placePage(limited, { query, content: { limit: 9 } }).content).toEqual({ limit: 2, page_token: 't' });
});

test('an endpoint as it is declared has its page where it reads it', () => {
  const parsed = { query: { limit: 2, page_size: 1 }, content: {} };
  expect(placePage(list, parsed)).toBe(parsed);
});
