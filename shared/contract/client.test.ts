import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import { afterAll, beforeAll, expect, expectTypeOf, test } from 'vitest';
import { wholeNumber } from '../schema/query.ts';
import { client } from './client.ts';
import { endpoint, listOf, raw } from './endpoint.ts';
import { resource } from './resource.ts';

const Toy = z.object({ id: z.string() });

const toys = resource('toys', {
  area: 'system',
  format: 'standard',
  endpoints: [
    endpoint('GET /toys', {
      summary: 'List',
      scope: 'any',
      query: { limit: wholeNumber(1, 9).optional() },
      answers: { 200: listOf(Toy) },
      errors: [],
      effects: [],
    }),
    endpoint('PUT /toys/{id}', {
      summary: 'Make',
      scope: 'any',
      params: { id: z.string() },
      body: z.object({ name: z.string() }),
      answers: { 201: Toy },
      errors: [],
      effects: [],
    }),
    endpoint('GET /files/{path+}', {
      summary: 'Open',
      scope: 'any',
      params: { path: z.string() },
      answers: { 200: raw(['text/plain']) },
      errors: [],
      effects: [],
    }),
  ],
});

type Seen = { readonly line: string; readonly token: string | undefined; readonly body: string };

/** Answers like the platform, and records the requests. */
const seen: Seen[] = [];

const json = (status: number, body: object): [number, string, string] => [
  status,
  'application/json',
  JSON.stringify(body),
];

function answerTo(line: string): [status: number, type: string, body: string] {
  if (line.startsWith('GET /v1/files/')) return [200, 'text/plain', 'hello'];
  if (line.startsWith('PUT')) return json(201, { success: true, message: 'Toy created', data: { id: 'toy_1' } });
  if (line.includes('limit=9')) return json(429, { success: false, error: { code: 'RATE_LIMITED' } });
  return json(200, { success: true, data: [{ id: 'toy_1' }], total: 1, limit: 50, offset: 0, next_page_token: '' });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const line = `${request.method} ${request.url}`;
  seen.push({ line, token: request.headers.authorization, body: Buffer.concat(chunks).toString() });
  const [status, type, body] = answerTo(line);
  response.writeHead(status, { 'content-type': type }).end(body);
}

let server: Server;
let baseUrl: string;

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
});
afterAll(() => server.close());

test('data is returned without its envelope, with the type of the contract', async () => {
  const reply = await client(baseUrl, 'secret').call(toys, 'PUT /toys/{id}', {
    params: { id: 'a/b' },
    body: { name: 'Bear' },
    org_id: 1001,
  });
  expect(seen.at(-1)).toEqual({
    line: 'PUT /v1/toys/a%2Fb?org_id=1001',
    token: 'Bearer secret',
    body: '{"name":"Bear"}',
  });
  expect(reply).toMatchObject({ ok: true, status: 201, content: { id: 'toy_1' } });
  if (reply.ok) expectTypeOf(reply.content).toEqualTypeOf<{ id: string }>();
});

test('a list is returned as its items', async () => {
  const reply = await client(baseUrl).call(toys, 'GET /toys', { query: { limit: '5' } });
  expect(seen.at(-1)).toMatchObject({ line: 'GET /v1/toys?limit=5', token: undefined, body: '' });
  expect(reply).toMatchObject({ ok: true, content: [{ id: 'toy_1' }], body: { total: 1 } });
  if (reply.ok) expectTypeOf(reply.content).toEqualTypeOf<readonly { id: string }[]>();
});

test('a document is returned unchanged, and a greedy variable keeps its slashes', async () => {
  const reply = await client(baseUrl).call(toys, 'GET /files/{path+}', { params: { path: 'a b/c' } });
  expect(seen.at(-1)?.line).toBe('GET /v1/files/a%20b/c');
  expect(reply).toMatchObject({ ok: true, content: 'hello' });
});

test('an error is returned, not thrown', async () => {
  const reply = await client(baseUrl).call(toys, 'GET /toys', { query: { limit: '9' } });
  expect(reply).toMatchObject({ ok: false, status: 429, body: { error: { code: 'RATE_LIMITED' } } });
});

test('inputs that the contract requires are required by the compiler', () => {
  const { call } = client('http://nowhere.test');
  expectTypeOf(call<typeof toys, 'GET /toys'>)
    .parameter(2)
    .toExtend<{ query?: { limit?: string | undefined } }>();
  expectTypeOf<{ params: { id: string }; body: { name: string } }>().toExtend<
    Parameters<typeof call<typeof toys, 'PUT /toys/{id}'>>[2]
  >();
  expectTypeOf<{ params: { id: string } }>().not.toExtend<Parameters<typeof call<typeof toys, 'PUT /toys/{id}'>>[2]>();
  expectTypeOf<{ params: { id: string }; body: { name: number } }>().not.toExtend<
    Parameters<typeof call<typeof toys, 'PUT /toys/{id}'>>[2]
  >();
});
