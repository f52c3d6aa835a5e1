import { beforeAll, describe, expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addUser } from '#test/support/accounts.fixture.ts';
import { organizationOf, tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { tableFor } from '#dynamodb/table.ts';
import { remove } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { foreignIdsHandler } from './handler.ts';
import { foreignIdRow, foreignIdValueRow } from './row.ts';

const organization = 6_300;
const stores = testStore();
let handler: ApiHandler;
let token = '';
let made = 0;

const person = async (): Promise<string> => {
  made += 1;
  return (await addUser(stores.store, `person${made}`, { organization })).user.id;
};
const set = (userId: string, ...pairs: [string, string][]): Promise<Reply> =>
  call(handler, 'PUT /userforeignid/{orgId}/{userId}', {
    token,
    params: { orgId: `org_${organization}`, userId },
    json: { foreignIds: pairs.map(([foreignIdType, foreignId]) => ({ foreignIdType, foreignId })) },
  });
const list = (userId: string, type?: string): Promise<Reply> =>
  call(
    handler,
    type === undefined ? 'GET /userforeignid/{orgId}/{userId}' : 'GET /userforeignid/{orgId}/{userId}/{type}',
    {
      token,
      params: { orgId: String(organization), userId, ...(type === undefined ? {} : { type }) },
    },
  );
const find = (foreignIdType: string, foreignIds: string[]): Promise<Reply> =>
  call(handler, 'POST /userforeignid/{orgId}', {
    token,
    params: { orgId: String(organization) },
    json: { foreignIdType, foreignIds },
  });
const unset = (userId: string, type: string): Promise<Reply> =>
  call(handler, 'DELETE /userforeignid/{orgId}/{userId}/{type}', {
    token,
    params: { orgId: String(organization), userId, type },
  });

type Entry = { readonly foreignIdType: string; readonly foreignId: string };
/** Parts of answers that are no texts. */
const dataIn = (body: unknown) =>
  (body as { data: { foreignIds: Entry[]; results: { userId: string }[]; notFound: string[] } }).data;
const pairsIn = ({ body }: Reply): string[] =>
  dataIn(body).foreignIds.map(({ foreignIdType, foreignId }) => `${foreignIdType}=${foreignId}`);
const foundIn = ({ body }: Reply) => dataIn(body);

beforeAll(async () => {
  handler = foreignIdsHandler(testDependencies(stores.store, { clock: manualClock() }));
  token = await (await tenantsIn(stores.store)).join(organization, { organization: organizationOf(organization) });
});

describe('foreign ids', () => {
  test('a user is found by the id, and the id by the user', async () => {
    const user = await person();
    expect((await set(user, ['crm', '42'], ['sso', 'ann'])).status).toBe(200);
    expect(pairsIn(await list(user))).toEqual(['crm=42', 'sso=ann']);
    expect(pairsIn(await list(user, 'sso'))).toEqual(['sso=ann']);
    const { results, notFound } = foundIn(await find('crm', ['41', '42']));
    expect(results).toEqual([{ foreignId: '42', userId: user, userName: 'person1', displayName: 'person1' }]);
    expect(notFound).toEqual(['41']);
  });

  test('the same value of another type is another id', async () => {
    const [one, other] = [await person(), await person()];
    await set(one, ['crm', 'same']);
    expect((await set(other, ['sso', 'same'])).status).toBe(200);
  });

  test("another user's id is 409 and sets none of the others", async () => {
    const [one, other] = [await person(), await person()];
    await set(one, ['crm', 'taken']);
    const reply = await set(other, ['sso', 'free'], ['crm', 'taken']);
    expect(reply.body.error).toMatchObject({
      code: 'FOREIGN_ID_TAKEN',
      details: [{ path: 'foreignIds[1].foreignId', message: 'belongs to another user' }],
    });
    expect(JSON.stringify(reply.body)).not.toContain(one);
    expect(pairsIn(await list(other))).toEqual([]);
  });

  test('of many users that set one id at once, one has it', async () => {
    const users = await Promise.all(Array.from({ length: 8 }, person));
    const replies = await Promise.all(users.map((user) => set(user, ['crm', 'contested'])));
    const statuses = replies.map(({ status }) => status).toSorted();
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(new Set(statuses.filter((status) => status !== 200))).toEqual(new Set([409]));
    const owner = users[replies.findIndex(({ status }) => status === 200)];
    expect(foundIn(await find('crm', ['contested'])).results[0]?.userId).toBe(owner);
  });

  test('a replaced value is free for others', async () => {
    const [one, other] = [await person(), await person()];
    await set(one, ['crm', 'old']);
    await set(one, ['crm', 'new']);
    expect((await set(other, ['crm', 'old'])).status).toBe(200);
    expect(pairsIn(await list(one))).toEqual(['crm=new']);
  });

  test('a removed id is free for others, and a second removal finds none', async () => {
    const [one, other] = [await person(), await person()];
    await set(one, ['crm', 'gone']);
    expect((await unset(one, 'crm')).status).toBe(200);
    expect((await unset(one, 'crm')).status).toBe(404);
    expect(pairsIn(await list(one, 'crm'))).toEqual([]);
    expect((await set(other, ['crm', 'gone'])).status).toBe(200);
  });

  test('a user has at most 20, also if requests run at once', async () => {
    const user = await person();
    const first = Array.from({ length: 18 }, (_, at): [string, string] => [`type${at}`, `${user}-${at}`]);
    await set(user, ...first);
    const replies = await Promise.all(
      ['one', 'two', 'three', 'four'].map((type) => set(user, [type, `${user}-${type}`])),
    );
    const codes = replies.flatMap(({ status, body }) => (status === 200 ? [] : [body.error.code]));
    expect(codes).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED']);
    expect(pairsIn(await list(user))).toHaveLength(20);
    await unset(user, 'type0');
    expect((await set(user, ['again', 'again'])).status).toBe(200);
  });

  test('a search without ids is 400', async () => {
    expect((await find('crm', [])).status).toBe(400);
  });

  test('a user that does not exist has none: 404', async () => {
    expect((await list('usr_none')).status).toBe(404);
    expect((await set('usr_none', ['crm', 'x1'])).status).toBe(404);
    expect((await unset('usr_none', 'crm')).status).toBe(404);
  });

  test('each change is one event with the values before and after', async () => {
    const user = await person();
    await set(user, ['crm', 'first']);
    await set(user, ['crm', 'second']);
    await set(user, ['crm', 'second']);
    await unset(user, 'crm');
    const events = (await eventsOf(stores.store, organization)).filter(({ entity }) => entity.id === user);
    expect(events.map(({ type, changes }) => [type, changes])).toEqual([
      ['user.foreignid.set', { crm: { old: null, new: 'first' } }],
      ['user.foreignid.set', { crm: { old: 'first', new: 'second' } }],
      ['user.foreignid.deleted', { crm: { old: 'second', new: null } }],
    ]);
  });

  test('they go with their user', async () => {
    const user = await person();
    await set(user, ['crm', 'leaver'], ['sso', 'leaver']);
    await commit(stores.store, organization, [remove(userRow, { id: user })]);
    expect(foundIn(await find('crm', ['leaver']))).toEqual({ results: [], notFound: ['leaver'] });
    await cascadesIn(stores.store)(organization, 'user.deleted', user);
    const table = tableFor(stores.store, organization);
    expect((await table.query(foreignIdRow, { user_id: user })).items).toEqual([]);
    expect(await table.get(foreignIdValueRow, { type: 'crm', value: 'leaver' })).toBeUndefined();
    expect(await table.get(countRow, { of: `foreignids-${user}` })).toBeUndefined();
  });
});
