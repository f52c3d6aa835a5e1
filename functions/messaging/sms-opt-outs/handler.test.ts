import { beforeAll, expect, test } from 'vitest';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { smsOptOutsHandler } from './handler.ts';
import { isOptedOut, optedOutAmong, optOutRow } from './row.ts';

const clock = manualClock(noon.toISOString());
const stores = testStore();
let handler: ApiHandler;
let tenants: Awaited<ReturnType<typeof tenantsIn>>;

beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
  handler = smsOptOutsHandler(testDependencies(stores.store, { clock }));
});

let last = 5_900;

/** An organization with an administrator. */
async function newTenant() {
  const organization = (last += 1);
  const token = await tenants.join(organization);
  const put = (number: string, reason?: string): Promise<Reply> =>
    call(handler, 'PUT /smsoptouts/{number}', { token, params: { number }, json: { reason } });
  const lift = (number: string, query: Readonly<Record<string, string>>): Promise<Reply> =>
    call(handler, 'DELETE /smsoptouts/{number}', { token, params: { number }, query });
  const list = async (query: Readonly<Record<string, string>> = {}) =>
    ((await call(handler, 'GET /smsoptouts', { token, query })).body as object as { data: { number: string }[] }).data;
  return { organization, put, lift, list, table: tableFor<'smsoptout'>(stores.store, organization) };
}

test('a number that opted out is listed, and gets no messages until that is lifted', async () => {
  const { organization, put, lift, list, table } = await newTenant();
  const first = await put('14155551234', 'by phone');
  expect(first).toMatchObject({
    status: 201,
    body: { data: { number: '+14155551234', state: 'opted_out', source: 'api', reason: 'by phone' } },
  });
  expect(await isOptedOut(table, '+14155551234')).toBe(true);
  expect([...(await optedOutAmong(table, ['+14155551234', '+14155550000', '+14155551234']))]).toEqual(['+14155551234']);
  expect(await list()).toHaveLength(1);
  expect(outcome(await lift('+14155551234', { reason: 'wrote a letter' }))).toBe('200');
  expect(await isOptedOut(table, '+14155551234')).toBe(false);
  expect(await list()).toEqual([]);
  const events = (await eventsOf(stores.store, organization)).map(({ type, data }) => [type, data['reason']]);
  expect(events).toEqual([
    ['sms.optout', 'by phone'],
    ['sms.optin', 'wrote a letter'],
  ]);
});

test('a number that opted out is the same with the trunk prefix that people write', async () => {
  const { put, lift, table } = await newTenant();
  expect(await put('+4407400123456')).toMatchObject({ status: 201, body: { data: { number: '+447400123456' } } });
  expect(await isOptedOut(table, '+447400123456')).toBe(true);
  expect(outcome(await lift('4407400123456', { reason: 'x' }))).toBe('200');
});

test('opting out again answers 200 with the new reason', async () => {
  const { put, list } = await newTenant();
  await put('14155551234', 'by phone');
  expect(await put('14155551234')).toMatchObject({ status: 200, body: { data: { reason: null } } });
  expect(await list()).toHaveLength(1);
});

test('a lift needs a reason and an opt-out', async () => {
  const { put, lift } = await newTenant();
  expect(outcome(await lift('14155551234', { reason: 'x' }))).toBe('404 NOT_FOUND');
  await put('14155551234');
  expect(outcome(await lift('14155551234', {}))).toBe('400 MISSING_FIELD');
  expect(outcome(await lift('14155551234', { reason: ' ' }))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await lift('14155551234', { reason: 'x' }))).toBe('200');
  expect(outcome(await lift('14155551234', { reason: 'x' }))).toBe('404 NOT_FOUND');
});

test('a number that is none is named as such', async () => {
  const { put, lift } = await newTenant();
  expect(outcome(await put('Acme'))).toBe('400 INVALID_PHONE_NUMBER');
  expect(outcome(await lift('0415', { reason: 'x' }))).toBe('400 INVALID_PHONE_NUMBER');
});

test('the list is newest first, and filtered by source', async () => {
  const { organization, put, list } = await newTenant();
  await put('14155550001');
  clock.advance(1);
  await put('14155550002');
  const at = new Date(noon.getTime() - 1_000).toISOString();
  await commit(stores.store, organization, [
    create(optOutRow, {
      number: '+14155550003',
      state: 'opted_out',
      source: 'keyword',
      reason: 'STOP',
      at,
      version: 1,
    }),
  ]);
  const numbersOf = async (query = {}) => (await list(query)).map(({ number }) => number.slice(-1)).join('');
  expect(await numbersOf()).toBe('213');
  expect(await numbersOf({ source: 'keyword' })).toBe('3');
  expect(await numbersOf({ source: 'carrier' })).toBe('');
});

test("another organization's opt-outs are not seen and do not count", async () => {
  const [one, other] = [await newTenant(), await newTenant()];
  await one.put('14155551234');
  expect(await other.list()).toEqual([]);
  expect(await isOptedOut(other.table, '+14155551234')).toBe(false);
  expect(outcome(await other.lift('14155551234', { reason: 'x' }))).toBe('404 NOT_FOUND');
});
