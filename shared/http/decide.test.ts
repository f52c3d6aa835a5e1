import { TransactWriteItemsCommand, type BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler, type Interruption, type Reply } from '#test/support/toy-shop.fixture.ts';
import { toyRow } from '#test/support/toys.fixture.ts';
import type { Sender } from '../dynamodb/client.ts';
import { commit } from '../dynamodb/commit.ts';
import { countRow } from '../dynamodb/rows/count.ts';
import { eventRow, type EventItem } from '../dynamodb/rows/event.ts';
import { tableFor } from '../dynamodb/table.ts';
import { change } from '../dynamodb/write.ts';
import type { ApiHandler } from './serve.ts';

const running = testStore();
let tenants: Tenants;
let shop: ApiHandler;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  shop = toyHandler(toyDependencies(running.store).dependencies);
});

/** Each test has its own organization. */
let last = 3000;
async function shopper(): Promise<{ readonly organization: number; readonly token: string }> {
  last += 1;
  return { organization: last, token: await tenants.join(last) };
}

const idIn = ({ body }: Reply): string => (body as { data: { id: string } }).data.id;
const make = (token: string, name: string, headers: Record<string, string> = {}) =>
  ask(shop, 'PUT /toys/{id}', { params: { id: 'new' }, body: { name }, token, headers });
type Rename = { readonly id: string; readonly name: string; readonly tag?: string; readonly by?: ApiHandler };
const rename = (token: string, { id, name, tag, by = shop }: Rename) =>
  ask(by, 'PUT /toys/{id}', {
    params: { id },
    body: { name },
    token,
    headers: tag === undefined ? {} : { 'if-match': tag },
  });
const namesIn = async (token: string): Promise<string[]> =>
  ((await ask(shop, 'GET /toys', { token })).body as { data: { name: string }[] }).data.map(({ name }) => name);
const eventsOf = async (organization: number): Promise<readonly EventItem[]> =>
  (await tableFor<'event'>(running.store, organization).query(eventRow, {})).items;
const countOf = async (organization: number): Promise<number | undefined> =>
  (await tableFor<'count'>(running.store, organization).get(countRow, { of: 'toys' }))?.value;

test('the item in the path is read with the session, in the same round trip', async () => {
  const { token } = await shopper();
  const id = idIn(await make(token, 'Duck'));
  const sent: string[] = [];
  const client: Sender = {
    send: (command: BatchGetItemCommand) => {
      sent.push(command.constructor.name);
      return running.store.client.send(command);
    },
  };
  const { dependencies } = toyDependencies({ ...running.store, client });
  const by = toyHandler(dependencies);
  for (let turn = 0; turn < 2; turn += 1) {
    sent.length = 0;
    expect(await ask(by, 'GET /toys/{id}', { params: { id }, token })).toMatchObject({
      status: 200,
      body: { data: { name: 'Duck' } },
    });
  }
  expect(sent.filter((name) => name !== 'UpdateItemCommand')).toEqual(['BatchGetItemCommand']);
});

describe('a change', () => {
  test('is answered with its new state, and its event is written in its transaction', async () => {
    const { organization, token } = await shopper();
    const made = await make(token, '  Duck ');
    expect(made).toMatchObject({
      status: 201,
      headers: { ETag: '"1"' },
      body: { success: true, data: { name: 'Duck', kind: 'odd' } },
    });
    expect(await ask(shop, 'GET /toys/{id}', { params: { id: idIn(made) }, token })).toMatchObject({
      status: 200,
      headers: { ETag: '"1"' },
      body: { data: { name: 'Duck' } },
    });
    await rename(token, { id: idIn(made), name: 'Goose' });
    expect(await eventsOf(organization)).toMatchObject([
      {
        type: 'trunk.updated',
        changes: { name: { old: 'Duck', new: 'Goose' } },
        entity: { type: 'trunk', id: idIn(made) },
      },
      {
        type: 'trunk.created',
        changes: null,
        actor: { type: 'user', credential: expect.stringMatching(/^ses_/) as string },
        ip: '192.0.2.7',
        user_agent: 'test',
        request_id: 'req-1',
      },
    ]);
  });

  test('never shows a secret, in its answer or its event', async () => {
    const { organization, token } = await shopper();
    const made = await ask(shop, 'PUT /toys/{id}', {
      params: { id: 'new' },
      body: { name: 'Safe', secret: 'hunter2' },
      token,
    });
    const changed = await ask(shop, 'PUT /toys/{id}', {
      params: { id: idIn(made) },
      body: { name: 'Safe', secret: 'hunter3' },
      token,
    });
    expect([made.text, changed.text, JSON.stringify(await eventsOf(organization))].join()).not.toMatch(/hunter/);
    expect((await eventsOf(organization))[0]?.changes).toEqual({ secret: { old: '***', new: '***' } });
  });

  test('that breaks a rule writes nothing', async () => {
    const { organization, token } = await shopper();
    await make(token, 'Duck');
    expect(await make(token, 'duck')).toMatchObject({ status: 409, code: 'NAME_TAKEN' });
    expect([await namesIn(token), (await eventsOf(organization)).length, await countOf(organization)]).toEqual([
      ['Duck'],
      1,
      1,
    ]);
  });
});

describe('a concurrent writer', () => {
  test('makes the handler decide again from the current state', async () => {
    const { organization, token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    let turns = 0;
    const interruption: Interruption = {
      run: async () => {
        turns += 1;
        if (turns <= 2)
          await commit(running.store, organization, [
            change(toyRow, { id }, { set: { name: `Other ${turns}` }, add: { version: 1 } }),
          ]);
      },
    };
    const reply = await rename(token, {
      id,
      name: 'Goose',
      by: toyHandler(toyDependencies(running.store).dependencies, interruption),
    });
    expect(reply).toMatchObject({ status: 200, headers: { ETag: '"4"' } });
    expect((await eventsOf(organization))[0]?.changes).toEqual({ name: { old: 'Other 2', new: 'Goose' } });
  });

  test('wins over a client with an older version', async () => {
    const { organization, token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    const interruption: Interruption = {
      run: () => commit(running.store, organization, [change(toyRow, { id }, { add: { version: 1 } })]),
    };
    expect(
      await rename(token, {
        id,
        name: 'Goose',
        tag: '"1"',
        by: toyHandler(toyDependencies(running.store).dependencies, interruption),
      }),
    ).toMatchObject({ status: 409, code: 'VERSION_CONFLICT' });
  });

  test('that never stops ends in a conflict', async () => {
    const { organization, token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    const interruption: Interruption = {
      run: () => commit(running.store, organization, [change(toyRow, { id }, { add: { version: 1 } })]),
    };
    const { dependencies } = toyDependencies(running.store);
    expect(
      await rename(token, { id, name: 'Goose', by: toyHandler({ ...dependencies, random: () => 0 }, interruption) }),
    ).toMatchObject({ status: 409, code: 'VERSION_CONFLICT' });
  });

  test('loses nothing: each concurrent change is stored or rejected', async () => {
    const { organization, token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_item, at) => rename(token, { id, name: `Goose ${at}` })),
    );
    const done = replies.filter(({ status }) => status === 200).length;
    expect((await tableFor<'trunk'>(running.store, organization).get(toyRow, { id }))?.version).toBe(1 + done);
    expect(await eventsOf(organization)).toHaveLength(1 + done);
  });
});

describe('a request with an Idempotency-Key', () => {
  const key = { 'idempotency-key': 'order 66' };

  test('runs once and gets the same answer each time', async () => {
    const { organization, token } = await shopper();
    const [first, second] = [await make(token, 'Duck', key), await make(token, 'Duck', key)];
    expect(second).toMatchObject({
      status: 201,
      text: first.text,
      headers: { ETag: '"1"', 'Idempotent-Replayed': 'true' },
    });
    expect(first.headers).not.toHaveProperty('Idempotent-Replayed');
    expect([await namesIn(token), (await eventsOf(organization)).length, await countOf(organization)]).toEqual([
      ['Duck'],
      1,
      1,
    ]);
  });

  test('runs once, however many arrive concurrently', async () => {
    const { organization, token } = await shopper();
    const replies = await Promise.all(Array.from({ length: 10 }, () => make(token, 'Duck', key)));
    expect(
      replies.filter(({ status, headers }) => status === 201 && headers['Idempotent-Replayed'] === undefined),
    ).toHaveLength(1);
    expect(replies.every(({ status, code }) => status === 201 || code === 'IDEMPOTENCY_IN_PROGRESS')).toBe(true);
    expect(await countOf(organization)).toBe(1);
  });

  test('is rejected with another body', async () => {
    const { token } = await shopper();
    await make(token, 'Duck', key);
    expect(await make(token, 'Goose', key)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('runs again after a failure', async () => {
    const { token } = await shopper();
    expect(await make(token, '', key)).toMatchObject({ status: 422 });
    await make(token, 'Duck');
    expect(await make(token, 'Duck', key)).toMatchObject({ code: 'NAME_TAKEN' });
    expect(await make(token, 'Goose', key)).toMatchObject({ status: 201 });
  });

  test('gets its error even if the attempt cannot be abandoned', async () => {
    const { token } = await shopper();
    const client = {
      send: async (command: object) => {
        if (command.constructor.name === 'DeleteItemCommand') throw new Error('no store');
        return running.store.client.send(command as TransactWriteItemsCommand);
      },
    } as Sender;
    const frail = toyHandler(toyDependencies({ ...running.store, client }).dependencies);
    expect(
      await ask(frail, 'PUT /toys/{id}', { params: { id: 'new' }, body: { name: '' }, token, headers: key }),
    ).toMatchObject({ status: 422 });
  });

  test('runs once if the response of its transaction is lost', async () => {
    const { organization, token } = await shopper();
    let lost = 0;
    const client = {
      send: async (command: object) => {
        const done = await running.store.client.send(command as TransactWriteItemsCommand);
        if (!(command instanceof TransactWriteItemsCommand)) return done;
        lost += 1;
        throw new Error('connection lost');
      },
    } as Sender;
    const unlucky = toyHandler(toyDependencies({ ...running.store, client }).dependencies);
    expect(
      await ask(unlucky, 'PUT /toys/{id}', { params: { id: 'new' }, body: { name: 'Duck' }, token, headers: key }),
    ).toMatchObject({ status: 500 });
    expect(await make(token, 'Duck', key)).toMatchObject({ status: 201, headers: { 'Idempotent-Replayed': 'true' } });
    expect([lost, await countOf(organization)]).toEqual([1, 1]);
  });

  test('whose answer has a secret is not recorded', async () => {
    const { organization, token } = await shopper();
    const replies = [
      await ask(shop, 'PUT /secrets', { token, headers: key }),
      await ask(shop, 'PUT /secrets', { token, headers: key }),
    ];
    expect(
      replies.map(({ status, headers }) => [status, headers['Idempotent-Replayed'], headers['Cache-Control']]),
    ).toEqual([
      [200, undefined, 'private'],
      [200, undefined, 'private'],
    ]);
    expect((await tableFor<'trunk'>(running.store, organization).query(toyRow, {})).items).toHaveLength(2);
  });
});
