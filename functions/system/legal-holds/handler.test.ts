import { beforeAll, describe, expect, test } from 'vitest';
import { addUser } from '#test/support/accounts.fixture.ts';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn, type Tenants } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit, StaleWrite } from '#dynamodb/commit.ts';
import { holdsOn, keeps, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { logRow, type LogItem } from '#dynamodb/rows/log.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, remove } from '#dynamodb/write.ts';
import { recordClasses, type RecordFacts } from '#schema/record-class.ts';
import { eventLogRow, type StoredEntry } from '../../platform/event-log/row.ts';
import { legalHoldsHandler } from './handler.ts';

const stores = testStore();
let tenants: Tenants;
let organization = 8_100;
beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
});

type Shown = { readonly id: string; readonly name: string; readonly status: string };

async function newTenant() {
  organization += 1;
  const own = organization;
  const token = await tenants.join(own);
  const handler = legalHoldsHandler(testDependencies(stores.store));
  const ask = (route: string, more: object = {}) => call(handler, route, { token, ...more });
  const body = { name: 'Meier', reason: 'Subpoena', classes: ['logs'] };
  return {
    own,
    list: async (query: Readonly<Record<string, string>> = {}) =>
      ((await ask('GET /archiving/legalholds', { query })).body as object as { data: Shown[] }).data,
    put: (more: object = {}, id = 'new', headers: object = {}) =>
      ask('PUT /archiving/legalholds/{id}', { params: { id }, json: { ...body, ...more }, headers }),
    release: (id: string, query: Readonly<Record<string, string>> = { reason: 'Settled' }) =>
      ask('DELETE /archiving/legalholds/{id}', { params: { id }, query }),
    holds: () => holdsOn(tableFor<'hold' | 'holdhead'>(stores.store, own), 'logs'),
  };
}
const idIn = ({ body }: { readonly body: object }): string => (body as { readonly data: Shown }).data.id;

const facts: RecordFacts = {
  ...{ at: '2026-01-31T12:00:00.000Z', users: [], parties: [], entities: ['org_1'], direction: null, text: '' },
};
const line: LogItem = {
  ...{ id: 'log_1', mark: 'log_1', entity: { type: 'org', id: 'org_1' }, at: facts.at, type: 'call', level: 'info' },
  ...{ message: '', details: {}, source: null, import_id: null },
};

test('a hold names users that the organization has or had, and no others', async () => {
  const { own, put } = await newTenant();
  const place = async (...ids: readonly string[]) => put({ name: `Of ${ids.join()}`, filter: { user_ids: ids } });
  const { user } = await addUser(stores.store, `present-${own}`, { organization: own });
  const { user: stranger } = await addUser(stores.store, `stranger-${own}`, { organization: own + 500 });
  const entry = { event_log_id: 'evl_1', resource: { type: 'user', id: 'usr_left' }, actor: { id: 'usr_1' } };
  await commit(stores.store, own, [create(eventLogRow, entry as StoredEntry)]);
  const placed = await place(user.id, 'usr_left');
  expect(outcome(placed)).toBe('201');
  const unknown = await place(user.id, stranger.id, 'usr_never');
  expect(outcome(unknown)).toBe('422 UNKNOWN_USER');
  expect(unknown.body.error.details.map(({ path }) => path)).toEqual(['filter.user_ids[1]', 'filter.user_ids[2]']);
  const changed = await put({ filter: { user_ids: [user.id, 'usr_left', stranger.id] } }, idIn(placed));
  expect(outcome(changed)).toBe('422 UNKNOWN_USER');
});

describe('a hold', () => {
  test('is placed, changed, listed and released, and leaves its events', async () => {
    const { own, put, list, release, holds } = await newTenant();
    const id = idIn(await put());
    expect(keeps(await holds(), facts)).toBe(true);
    expect(outcome(await put({ classes: ['*'] }, id))).toBe('200');
    expect(outcome(await put({ classes: ['sms'] }, id))).toBe('422 VALIDATION_FAILED');
    expect(await list({ status: 'active' })).toMatchObject([{ id, name: 'Meier', classes: ['*'] }]);
    expect(outcome(await release(id, {}))).toBe('400 MISSING_FIELD');
    expect(outcome(await release(id))).toBe('200');
    expect(keeps(await holds(), facts)).toBe(false);
    expect([outcome(await release(id)), outcome(await put({}, id))]).toEqual([
      '409 HOLD_ALREADY_RELEASED',
      '409 HOLD_ALREADY_RELEASED',
    ]);
    expect(await list({ status: 'active' })).toEqual([]);
    expect(await list({ q: 'ME' })).toMatchObject([{ id, status: 'released', release_reason: 'Settled' }]);
    const events = (await eventsOf(stores.store, own)).map(({ type }) => type);
    expect(events).toEqual(['legalhold.placed', 'legalhold.changed', 'legalhold.released']);
  });

  test('that is placed twice at once exists once', async () => {
    const { put, list } = await newTenant();
    const answers = await Promise.all([1, 2, 3, 4].map(async () => outcome(await put())));
    expect(answers.toSorted()).toEqual(['201', '409 NAME_TAKEN', '409 NAME_TAKEN', '409 NAME_TAKEN']);
    expect(await list()).toHaveLength(1);
  });

  test('has a name again that a released one had', async () => {
    const { put, release } = await newTenant();
    await release(idIn(await put()));
    expect(outcome(await put({ name: 'MEIER' }))).toBe('201');
  });

  test('of another organization does not exist', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const id = idIn(await one.put());
    expect([outcome(await other.put({}, id)), outcome(await other.release(id))]).toEqual([
      '404 NOT_FOUND',
      '404 NOT_FOUND',
    ]);
    expect(keeps(await other.holds(), facts)).toBe(false);
  });

  test('is changed at the version that is pinned', async () => {
    const { put } = await newTenant();
    const id = idIn(await put());
    await put({ matter: '17/26' }, id);
    expect(outcome(await put({}, id, { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
  });
});

test('holds that are placed at once are all listed with their classes', async () => {
  const { own, put, holds } = await newTenant();
  const names = Array.from({ length: 12 }, (_, at) => `Matter ${at}`);
  const answers = await Promise.all(names.map(async (name) => outcome(await put({ name, classes: ['*'] }))));
  expect(answers).toEqual(names.map(() => '201'));
  const table = tableFor<'hold' | 'holdhead'>(stores.store, own);
  for (const of of recordClasses) expect((await holdsOn(table, of)).active).toHaveLength(12);
  expect((await holds()).epoch).toBe(12);
});

describe('a deletion', () => {
  test('that was decided before a hold fails', async () => {
    const { own, put, holds } = await newTenant();
    await commit(stores.store, own, [create(logRow, line)]);
    const before = await holds();
    await put();
    const deletion = [whileHoldsStay(before), remove(logRow, line)];
    await expect(commit(stores.store, own, deletion)).rejects.toBeInstanceOf(StaleWrite);
    expect(await tableFor<'log'>(stores.store, own).get(logRow, line)).toBeDefined();
  });

  test('that asks for no holds, or for those of another class or organization, is a fault', async () => {
    const { own, holds } = await newTenant();
    const asked = whileHoldsStay(await holds());
    for (const others of [[], [{ ...asked, asksHoldsOn: 'sms' as const }], [{ ...asked, organization: own + 1 }]])
      await expect(commit(stores.store, own, [...others, remove(logRow, line)])).rejects.toThrow('whileHoldsStay');
    await commit(stores.store, own, [asked, remove(logRow, line)]);
  });
});
