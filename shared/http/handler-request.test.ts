import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { ask, toyDependencies, toyHandler, type Reply } from '#test/support/toy-shop.fixture.ts';
import { toy, toyRow } from '#test/support/toys.fixture.ts';
import { commit } from '../dynamodb/commit.ts';
import { overwrite } from '../dynamodb/write.ts';
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

describe('a version', () => {
  test('in If-Match or in the body is the only one that is changed', async () => {
    const { token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    expect(await rename(token, { id, name: 'Goose', tag: '"1"' })).toMatchObject({
      status: 200,
      headers: { ETag: '"2"' },
    });
    expect(await rename(token, { id, name: 'Swan', tag: '"1"' })).toMatchObject({
      status: 409,
      code: 'VERSION_CONFLICT',
    });
    expect(
      await ask(shop, 'DELETE /toys/{id}', { params: { id }, token, headers: { 'if-match': '"1"' } }),
    ).toMatchObject({ status: 409 });
    expect(await rename(token, { id, name: 'Swan', tag: '*' })).toMatchObject({ status: 200 });
    expect(
      await ask(shop, 'DELETE /toys/{id}', { params: { id }, token, headers: { 'if-match': '"3"' } }),
    ).toMatchObject({ status: 200 });
  });

  test('that the client already has is not sent again', async () => {
    const { token } = await shopper();
    const id = idIn(await make(token, 'Duck'));
    const again = (tag: string) =>
      ask(shop, 'GET /toys/{id}', { params: { id }, token, headers: { 'if-none-match': tag } });
    expect(await again('"1"')).toMatchObject({ status: 304, text: '', headers: { ETag: '"1"' } });
    expect(await again('"0"')).toMatchObject({ status: 200 });
  });
});

test('a page token is valid for its own list only', async () => {
  const { organization, token } = await shopper();
  await commit(
    running.store,
    organization,
    [1, 2, 3].map((at) => overwrite(toyRow, toy(at))),
  );
  const list = (query: Record<string, string>, by = token) => ask(shop, 'GET /toys', { query, token: by });
  const next = ((await list({ limit: '1', kind: 'odd' })).body as { next_page_token: string }).next_page_token;
  expect(await list({ page_token: next, kind: 'odd', limit: '5' })).toMatchObject({
    status: 200,
    body: { data: [{ id: toy(1).id }], total: 2, next_page_token: '' },
  });
  for (const reply of [
    await list({ page_token: next }),
    await list({ page_token: next, kind: 'even' }),
    await list({ page_token: next, kind: 'odd' }, (await shopper()).token),
  ])
    expect(reply).toMatchObject({ status: 400, code: 'INVALID_PAGE_TOKEN' });
});
