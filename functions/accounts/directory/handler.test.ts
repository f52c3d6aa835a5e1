import { beforeAll, describe, expect, test } from 'vitest';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { addUser } from '#test/support/accounts.fixture.ts';
import { fastPasswords, organizationOf, tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { remove } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { directoryRow, directoryWordRow } from '../rows/directory.ts';
import { usersHandler } from '../users/handler.ts';
import { directoryHandler } from './handler.ts';

const organization = 6_400;
const stores = testStore();
let of: { directory: ApiHandler; users: ApiHandler };
let token = '';

type Entry = { readonly userId: string; readonly displayName: string; readonly extension: string | null };
type Figures = { readonly total: number; readonly hasMore: boolean };
const bodyOf = (body: unknown) =>
  body as { data: { entries: Entry[]; pagination: Figures } & Record<string, unknown>; next_page_token: string };
const namesIn = ({ body }: Reply): string[] => bodyOf(body).data.entries.map(({ displayName }) => displayName);

const list = (query: Record<string, string>): Promise<Reply> =>
  call(of.directory, 'GET /clientdirectory', { token, query });
const entry = (method: 'GET' | 'PUT' | 'POST' | 'DELETE', entity: string, json?: object): Promise<Reply> =>
  call(of.directory, `${method} /clientdirectory/{entity}`, {
    token,
    params: { entity },
    ...(json === undefined ? {} : { json }),
  });
const contact = async (displayName: string, more: object = {}): Promise<string> =>
  String(
    bodyOf((await entry('POST', 'new', { displayName, email: `${crypto.randomUUID()}@example.com`, ...more })).body)
      .data['userId'],
  );
const newUser = async (username: string, more: object = {}): Promise<string> =>
  String(bodyOf((await call(of.users, 'PUT /users', { token, json: { username, ...more } })).body).data['id']);

beforeAll(async () => {
  const dependencies = testDependencies(stores.store, { clock: manualClock() });
  of = { directory: directoryHandler(dependencies), users: usersHandler(dependencies, fastPasswords()) };
  token = await (await tenantsIn(stores.store)).join(organization, { organization: organizationOf(organization) });
});

describe('entries of users', () => {
  test('are made with the user and found by id, extension and e-mail', async () => {
    const id = await newUser('made', { email: 'made@example.com', extension: '3001', display_name: 'Made With' });
    const replies = await Promise.all([id, '3001', 'MADE@example.com'].map((name) => entry('GET', name)));
    expect(replies.map(({ body }) => bodyOf(body).data['userId'])).toEqual([id, id, id]);
    expect(namesIn(await list({ q: 'made w' }))).toEqual(['Made With']);
  });

  test('and their users change together, whichever is written', async () => {
    const id = await newUser('both', { display_name: 'Both First' });
    await entry('PUT', id, { displayName: 'Both Second', extension: '3002', department: 'Sales' });
    const user = await call(of.users, 'GET /users/{id}', { token, params: { id } });
    expect(user.body.data).toMatchObject({ display_name: 'Both Second', extension: '3002' });
    await call(of.users, 'POST /users/{id}', { token, params: { id }, json: { display_name: 'Both Third' } });
    expect((await entry('GET', id)).body.data).toMatchObject({ displayName: 'Both Third', department: 'Sales' });
    expect(namesIn(await list({ q: 'both' }))).toEqual(['Both Third']);
  });

  test('are deleted without the user, and listed again by POST', async () => {
    const id = await newUser('unlisted', { display_name: 'Unlisted' });
    expect((await entry('DELETE', id)).status).toBe(200);
    expect((await entry('GET', id)).status).toBe(404);
    await call(of.users, 'POST /users/{id}', { token, params: { id }, json: { last_name: 'Changed' } });
    expect(namesIn(await list({ q: 'unlisted' }))).toEqual([]);
    const again = await entry('POST', id, { displayName: 'Unlisted', email: 'unlisted@example.com' });
    expect(again.status).toBe(201);
    expect(namesIn(await list({ q: 'unlisted' }))).toEqual(['Unlisted']);
  });

  test('go with their user', async () => {
    const id = await newUser('leaver', { display_name: 'Leaver' });
    await call(of.users, 'DELETE /users/{id}', { token, params: { id } });
    expect((await entry('GET', id)).status).toBe(404);
    expect(namesIn(await list({ q: 'leaver' }))).toEqual([]);
    await cascadesIn(stores.store)(organization, 'user.deleted', id);
    expect((await tableFor(stores.store, organization).query(directoryWordRow, { id })).items).toEqual([]);
  });

  test('of users that were stored before the directory have what the user has', async () => {
    const { user } = await addUser(stores.store, 'earlier', { organization });
    await commit(stores.store, organization, [remove(directoryRow, { id: user.id })]);
    expect((await entry('GET', user.id)).body.data).toMatchObject({ displayName: 'earlier', department: null });
  });
});

describe('contacts', () => {
  test('are found by each of their numbers, for the name of a caller', async () => {
    const id = await contact('Caller', { directNumber: '+4610100001', contactInfo: { fax: '+4610100001' } });
    await contact('Other', { contactInfo: { mobilePhone: '+4610100002' } });
    const found = await list({ number: '+4610100001' });
    expect(bodyOf(found.body).data.entries).toMatchObject([{ userId: id, displayName: 'Caller' }]);
    await entry('PUT', id, { directNumber: '+4610100003' });
    expect(namesIn(await list({ number: '+4610100003' }))).toEqual(['Caller']);
    expect(namesIn(await list({ number: '+4610100001' }))).toEqual(['Caller']);
    await entry('PUT', id, { contactInfo: { fax: null } });
    expect(namesIn(await list({ number: '+4610100001' }))).toEqual([]);
  });

  test('share no e-mail address and no extension with users', async () => {
    await newUser('owner', { email: 'owner@example.com', extension: '3003' });
    const taken = { displayName: 'Taken', email: 'owner@example.com' };
    expect((await entry('POST', 'new', taken)).body.error.code).toBe('EMAIL_TAKEN');
    const other = { displayName: 'Taken', email: 'other@example.com', extension: '3003' };
    expect((await entry('POST', 'new', other)).body.error.code).toBe('EXTENSION_TAKEN');
    expect(namesIn(await list({ q: 'taken' }))).toEqual([]);
  });

  test('are replaced under their id, and their values are free when they are deleted', async () => {
    const made = await entry('POST', 'dir_own', { displayName: 'Own Id', email: 'own@example.com', extension: '3004' });
    const again = await entry('POST', 'dir_own', { displayName: 'Own Two', email: 'own@example.com' });
    expect([made.status, again.status]).toEqual([201, 200]);
    expect(again.body.data).toMatchObject({ displayName: 'Own Two', extension: null });
    expect((await entry('DELETE', 'dir_own')).status).toBe(200);
    expect((await entry('PUT', 'dir_own', { title: 'x' })).status).toBe(404);
    await contact('Next', { extension: '3004', email: 'own@example.com' });
    expect(namesIn(await list({ q: 'own@' }))).toEqual(['Next']);
  });

  test('are listed once by name, over all pages', async () => {
    for (const name of ['Pager c', 'pager a', 'Pager B']) await contact(name, { firstName: 'Pager', department: 'P1' });
    const first = await list({ q: 'pager', limit: '2' });
    expect(bodyOf(first.body).data.pagination).toMatchObject({ total: 3, hasMore: true });
    const rest = await list({ q: 'pager', limit: '2', page_token: bodyOf(first.body).next_page_token });
    expect([...namesIn(first), ...namesIn(rest)]).toEqual(['pager a', 'Pager B', 'Pager c']);
    expect(namesIn(await list({ department: 'p1', limit: '3' }))).toEqual(['pager a', 'Pager B', 'Pager c']);
  });

  test('have the fields that the view selects', async () => {
    const id = await contact('Viewed', { title: 'Head' });
    const reply = await call(of.directory, 'GET /clientdirectory/{entity}', {
      token,
      params: { entity: id },
      query: { view: 'summary' },
    });
    expect(Object.keys(bodyOf(reply.body).data).toSorted()).toEqual(
      ['department', 'displayName', 'extension', 'orgId', 'title', 'userId'].toSorted(),
    );
  });
});
