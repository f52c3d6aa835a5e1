import { beforeAll, expect, test } from 'vitest';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import type { ApiHandler } from '#http/serve.ts';
import { emailSuppressionsHandler } from './handler.ts';
import { suppressedAmong, suppressionWrite } from './row.ts';
import { strikeAddress, type Strike } from './suppression.ts';

const organization = 5_900;
const stores = testStore();
let handler: ApiHandler;
let token = '';
const clock = manualClock(noon.toISOString());

/** Reports about an address so many hours before noon. */
async function strike(address: string, hours: number, ...strikes: readonly Strike[]): Promise<void> {
  const now = new Date(noon.getTime() - hours * 3_600_000);
  let before = undefined;
  for (const each of strikes) {
    const after = strikeAddress(address, before, { strike: each, now });
    await commit(stores.store, organization, [suppressionWrite(before, after)]);
    before = after;
  }
}

beforeAll(async () => {
  const tenants = await tenantsIn(stores.store);
  token = await tenants.join(organization);
  handler = emailSuppressionsHandler(testDependencies(stores.store, { clock }));
  await strike('old@example.com', 3, 'permanent bounce');
  await strike('new@example.com', 1, 'complaint');
  await strike('once@example.com', 1, 'transient bounce');
  await strike('often@example.com', 7 * 24 - 0.5, 'transient bounce', 'transient bounce', 'transient bounce');
});

const list = (query: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  call(handler, 'GET /emailsuppressions', { token, query });
const addresses = async (query: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
  ((await list(query)).body as object as { readonly data: readonly { readonly address: string }[] }).data.map(
    ({ address }) => address,
  );
const lift = (address: string, more: object = {}) =>
  call(handler, 'DELETE /emailsuppressions/{address}', { token, params: { address }, ...more });

test('a list shows suppressed addresses, the latest first', async () => {
  expect(await addresses()).toEqual(['new@example.com', 'old@example.com', 'often@example.com']);
  expect(await addresses({ reason: 'complaint' })).toEqual(['new@example.com']);
  expect(outcome(await list({ reason: 'spam' }))).toBe('400 INVALID_PARAMETER');
});

test('an address gets e-mail again once its suppression is lifted, whichever case it is written in', async () => {
  const address = 'gone+ab@example.com';
  await strike(address, 1, 'permanent bounce');
  const suppressed = () => suppressedAmong(tableFor<'email-suppression'>(stores.store, organization), [address], noon);
  expect(await suppressed()).toEqual(new Set([address]));
  expect((await lift(address.toUpperCase())).body).toMatchObject({
    data: { id: address, deleted_at: noon.toISOString() },
  });
  expect(await suppressed()).toEqual(new Set());
  expect(outcome(await lift(address))).toBe('404 NOT_FOUND');
  expect((await eventsOf(stores.store, organization)).map(({ type, entity }) => [type, entity.id])).toEqual([
    ['email.unsuppressed', address],
  ]);
});

test('an address without a suppression is 404, a malformed one 400', async () => {
  expect(outcome(await lift('once@example.com'))).toBe('404 NOT_FOUND');
  expect(outcome(await lift('nobody@example.com'))).toBe('404 NOT_FOUND');
  expect(outcome(await lift('nobody'))).toBe('400 INVALID_ID');
});

test('a suppression that has ended is shown no more', async () => {
  clock.advance(1_800);
  expect(await addresses()).toEqual(['new@example.com', 'old@example.com']);
  expect(outcome(await lift('often@example.com'))).toBe('404 NOT_FOUND');
  clock.set(noon);
});
