import { expect, test } from 'vitest';
import * as z from 'zod';
import { toy, toyNameRow, toyRow } from '#test/support/toys.fixture.ts';
import { readsQueueDepth, reads, readsSecret, records, sends, writes } from '../contract/effects.ts';
import { endpoint, listOf, raw } from '../contract/endpoint.ts';
import { resource } from '../contract/resource.ts';
import { create } from '../dynamodb/write.ts';
import { AppError } from '../errors.ts';
import { commits, created, document, ok, page, commitsThenThrows } from './answers/answer.ts';
import type { Handlers } from './handlers.ts';

/** The compiler runs these tests: `npm run types` fails if an expected error does not occur. */

const Toy = z.object({ id: z.string(), name: z.string() });
const spec = { summary: 'Toy', errors: [] } as const;
const getToy = endpoint('GET /toys/{id}', {
  ...spec,
  scope: 'any',
  params: { id: z.string() },
  answers: { 200: Toy },
  alsoAnswers: raw(['application/xml']),
  effects: [reads('trunk', 'GSI1'), readsQueueDepth('event-seal')],
});
const putToy = endpoint('PUT /toys', {
  ...spec,
  scope: 'any',
  body: Toy,
  answers: { 201: Toy },
  effects: [writes('trunk'), records('trunk.created'), sends('cdr-ingest'), readsSecret('signing-keys')],
});
const listToys = endpoint('GET /toys', { ...spec, scope: 'public', answers: { 200: listOf(Toy) }, effects: [] });
const shop = resource('toys', { area: 'telephony', format: 'standard', endpoints: [getToy, putToy] });
const list = resource('toy-lists', { area: 'telephony', format: 'standard', endpoints: [listToys] });

type Shop = Handlers<typeof shop>;
type List = Handlers<typeof list>;
const entity = { entity: { type: 'trunk', id: 'trunk_1' }, description: 'made' };

const good: Shop = {
  [getToy.route]: async ({ params }, { table, queues }) => {
    await queues.depth('event-seal');
    const { items } = await table.queryIndex(toyRow, 'GSI1', ['1001', 'odd']);
    return items.length === 0 ? document('application/xml', '<toy/>') : ok({ ...toy(1), id: params.id });
  },
  [putToy.route]: async ({ body, record, caller }, { table, queues, secrets }) => {
    await queues.send('cdr-ingest', []);
    await secrets.read('signing-keys');
    const found = await table.get(toyRow, body());
    if (found !== undefined)
      return commitsThenThrows([create(toyRow, found)], new AppError('NAME_TAKEN', caller.username));
    return commits([create(toyRow, toy(1)), record('trunk.created', entity)], created(toy(1)));
  },
};

test('declared effects compile', () => {
  expect(Object.keys(good)).toEqual(shop.endpoints.map(({ route }) => route));
});

test('a missing handler does not compile, nor an extra one', () => {
  // @ts-expect-error: PUT /toys has no handler
  const missing: Shop = { [getToy.route]: good[getToy.route] };
  // @ts-expect-error: nothing declares DELETE /toys
  const extra: Shop = { ...good, 'DELETE /toys': good[putToy.route] };
  expect([missing, extra]).toHaveLength(2);
});

test('an undeclared read does not compile, nor an undeclared index', () => {
  const handlers: Shop = {
    ...good,
    [getToy.route]: async (_request, { table }) => {
      // @ts-expect-error: reads('trunk-name') is not declared
      await table.get(toyNameRow, { name: 'x' });
      // @ts-expect-error: reads('trunk', 'GSI2') is not declared
      await table.queryIndex(toyRow, 'GSI2', []);
      return ok(toy(1));
    },
  };
  expect(handlers).toBeDefined();
});

test('an undeclared write or event does not compile, not even in a committed failure', () => {
  const write: Shop = {
    ...good,
    // @ts-expect-error: writes('trunk-name') is not declared
    [putToy.route]: async () => commits([create(toyNameRow, { name: 'x', owner: 'trunk_1' })], created(toy(1))),
  };
  const event: Shop = {
    ...good,
    // @ts-expect-error: records('trunk.deleted') is not declared
    [putToy.route]: async ({ record }) => commits([record('trunk.deleted', entity)], created(toy(1))),
  };
  const rejection: Shop = {
    ...good,
    [putToy.route]: async () =>
      // @ts-expect-error: writes('trunk-name') is not declared
      commitsThenThrows([create(toyNameRow, { name: 'x', owner: 'trunk_1' })], new AppError('NAME_TAKEN', 'x')),
  };
  expect([write, event, rejection]).toHaveLength(3);
});

test('an undeclared queue does not compile, for sending or for its depth, nor an undeclared secret', () => {
  const handlers: Shop = {
    ...good,
    [putToy.route]: async (_request, { queues, secrets }) => {
      // @ts-expect-error: sends('event-seal') is not declared
      await queues.send('event-seal', []);
      // @ts-expect-error: readsQueueDepth('cdr-ingest') is not declared
      await queues.depth('cdr-ingest');
      // @ts-expect-error: readsSecret('operator-admin') is not declared
      await secrets.read('operator-admin');
      return created(toy(1));
    },
  };
  expect(handlers).toBeDefined();
});

test('an undeclared status does not compile, nor an answer of another form or content', () => {
  // @ts-expect-error: 201 is not declared
  const status: Shop = { ...good, [getToy.route]: async () => created(toy(1)) };
  const list = { items: [toy(1)], total: 1, capped: false, limit: 50, offset: 0, nextToken: '' };
  // @ts-expect-error: an object is declared, not a list
  const form: Shop = { ...good, [getToy.route]: async () => page(list) };
  // @ts-expect-error: the name is missing
  const content: Shop = { ...good, [getToy.route]: async () => ok({ id: 'toy_1' }) };
  // @ts-expect-error: no document is declared
  const text: Shop = { ...good, [putToy.route]: async () => document('application/xml', '<toy/>') };
  expect([status, form, content, text]).toHaveLength(4);
});

test('a public endpoint has no caller, and an endpoint without a body none', () => {
  const handlers: List = {
    [listToys.route]: async ({ caller, body }) => {
      // @ts-expect-error: a public endpoint has no caller
      const name: string = caller.username;
      // @ts-expect-error: there is no such field
      const field: unknown = body().name;
      return page({
        items: [{ id: name, name: String(field) }],
        total: 1,
        capped: false,
        limit: 50,
        offset: 0,
        nextToken: '',
      });
    },
  };
  expect(Object.keys(handlers)).toEqual(list.endpoints.map(({ route }) => route));
});
