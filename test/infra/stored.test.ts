import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contractsByArea } from '#functions/contracts.ts';
import { declaredBy } from '#functions/system/cascading-deletes/derived.ts';
import { cascadeFolders, cascadingDeletesHandler } from '#functions/system/cascading-deletes/handler.ts';
import { assertContracts } from '#contract/check.ts';
import { openApi } from '#contract/openapi.ts';
import { storedResource, type Resource } from '#contract/resource.ts';
import { stored, type Stored } from '#contract/stored.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { commit } from '#dynamodb/commit.ts';
import { rowsOf } from '#dynamodb/rows/stored-rows.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { found } from '#errors.ts';
import { serve, type ApiHandler } from '#http/serve.ts';
import { handlersOf } from '#http/stored-handlers.ts';
import { batchOf } from '../support/sqs-record.fixture.ts';
import { testDependencies } from '../support/dependencies.fixture.ts';
import { calendarFields } from '../support/newcomer/holiday-calendars/holiday-calendar.ts';
import { holidayCalendar, holidayCalendars } from '../support/newcomer/holiday-calendars/contract.ts';
import { holidayCalendarsHandler } from '../support/newcomer/holiday-calendars/handler.ts';
import { tenantsIn, type Tenants } from '../support/people.fixture.ts';
import { call, outcome } from '../support/requests.fixture.ts';
import { testStore } from '../support/store.fixture.ts';

/** What follows from the declaration of a stored resource: for those of the platform, and two of a newcomer. */

const sharedCalendar = stored('sharedcalendar', {
  noun: 'shared calendar',
  area: 'telephony',
  path: '/sharedcalendars',
  prefix: 'scal',
  fields: calendarFields,
  limit: 2,
  owner: 'organization',
  onClosed: 'delete',
  example: { name: 'All', time_zone: 'UTC' },
});
const sharedCalendars = storedResource('shared-calendars', sharedCalendar, { format: 'standard' });

type Case = { readonly name: string; readonly resource: Resource; readonly of: Stored };
const caseOf = (resource: Resource, of: Stored): Case => ({ name: resource.name, resource, of });

const ofPlatform = Object.values(contractsByArea).flatMap((contracts) =>
  contracts.flatMap((each) =>
    each.kind === 'resource' && each.stored !== undefined ? [caseOf(each, each.stored)] : [],
  ),
);
const cases = [...ofPlatform, caseOf(holidayCalendars, holidayCalendar), caseOf(sharedCalendars, sharedCalendar)];

const stores = testStore();
let tenants: Tenants;
let next = 5_600;
beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
});

/** An organization of its own for each test, with what its administrator and its agents get. */
async function open({ resource, of }: Case) {
  const organization = (next += 1);
  const token = await tenants.join(organization);
  const handler: ApiHandler = serve(
    { ...resource, endpoints: of.endpoints },
    handlersOf(of),
    testDependencies(stores.store),
  );
  const [list, get, save, remove] = of.endpoints;
  const asker = (as: string) => ({
    list: (query: Record<string, string> = {}) => call(handler, list.route, { token: as, query }),
    get: (id: string) => call(handler, get.route, { token: as, params: { id } }),
    save: (json: object, id = 'new', headers = {}) =>
      call(handler, save.route, { token: as, params: { id }, json, headers }),
    remove: (id: string, headers = {}) => call(handler, remove.route, { token: as, params: { id }, headers }),
  });
  return {
    organization,
    ...asker(token),
    /** Someone whose scopes are limited to own records. */
    joinLimited: async (id: string) => {
      const scopes = [of.scopes.read, of.scopes.write];
      return asker(await tenants.join(organization, { user: { id }, session: { scopes, own_only: scopes } }));
    },
    table: tableFor<string>(stores.store, organization),
    example: { ...of.example, name: 'First' },
  };
}

const names = ({ body }: { readonly body: unknown }): string[] =>
  (body as { data: { name: string }[] }).data.map(({ name }) => name);

/** Runs the cascades of a resource after an event, as the queue of consequences does. */
async function removeAfter(
  { resource }: Case,
  { organization, ...about }: { readonly type: string; readonly organization: number; readonly id: string },
): Promise<void> {
  const message = { schema: 'removal.v1', org_id: organization, ...about };
  const folders = () => cascadeFolders(declaredBy('none', resource));
  const run = cascadingDeletesHandler(testDependencies(stores.store), folders);
  expect(await run(batchOf([message]))).toEqual({ batchItemFailures: [] });
}

describe.each(cases)('$name', (given) => {
  const { of } = given;

  test('is created, shown, listed, replaced and deleted, with an event each', async () => {
    const { save, get, list, remove, example, table } = await open(given);
    const made = await save(example);
    expect([made.status, made.headers['etag'], made.body.data['name']]).toEqual([201, '"1"', 'First']);
    const id = String(made.body.data['id']);
    expect(id.startsWith(`${of.prefix}_`)).toBe(true);
    expect((await get(id)).body.data).toEqual(made.body.data);
    const replaced = await save({ ...example, name: 'Other' }, id);
    expect([replaced.status, replaced.body.data]).toMatchObject([
      200,
      { id, name: 'Other', created_at: made.body.data['created_at'] },
    ]);
    expect(names(await list())).toEqual(['Other']);
    expect((await remove(id)).body.data).toMatchObject({ id });
    expect(outcome(await get(id))).toBe('404 NOT_FOUND');
    const { items } = await table.query(eventRow, {}, { order: 'asc' });
    expect(items.map(({ type }) => type)).toEqual(
      ['created', 'updated', 'deleted'].map((happened) => `${of.entity}.${happened}`),
    );
  });

  test('has a name that is unique in any case, until it is released', async () => {
    const { save, remove, example } = await open(given);
    const first = await save(example);
    expect(outcome(await save({ ...example, name: 'FIRST' }))).toBe('409 NAME_TAKEN');
    const second = await save({ ...example, name: 'Second' });
    expect(outcome(await save({ ...example, name: 'first' }, String(second.body.data['id'])))).toBe('409 NAME_TAKEN');
    expect(outcome(await save({ ...example, name: 'SECOND' }, String(second.body.data['id'])))).toBe('200');
    await remove(String(first.body.data['id']));
    expect(outcome(await save({ ...example, name: 'first' }, String(second.body.data['id'])))).toBe('200');
  });

  test('is listed in pages, newest first, and searched by its name', async () => {
    const { save, list, example } = await open(given);
    for (const name of ['Åland', 'Bavaria']) await save({ ...example, name });
    expect(names(await list({ limit: '1' }))).toEqual(['Bavaria']);
    expect(names(await list({ limit: '1', offset: '1' }))).toEqual(['Åland']);
    expect(names(await list({ q: 'ALA' }))).toEqual(['Åland']);
  });

  test('is changed only in the version that the client names', async () => {
    const { save, remove, example } = await open(given);
    const id = String((await save(example)).body.data['id']);
    await save(example, id);
    const old = { 'if-match': '"1"' };
    expect([outcome(await save(example, id, old)), outcome(await remove(id, old))]).toEqual([
      '409 VERSION_CONFLICT',
      '409 VERSION_CONFLICT',
    ]);
    expect(outcome(await remove(id, { 'if-match': '"2"' }))).toBe('200');
  });

  test('has a limit in an organization, which a deletion makes room in', async () => {
    const { save, remove, example, table, organization } = await open(given);
    const id = String((await save(example)).body.data['id']);
    await commit(stores.store, organization, [overwrite(countRow, { of: of.plural, value: of.limit })]);
    expect(outcome(await save({ ...example, name: 'Second' }))).toBe('422 LIMIT_EXCEEDED');
    await remove(id);
    expect(outcome(await save({ ...example, name: 'Second' }))).toBe('201');
    expect(await table.get(countRow, { of: of.plural })).toMatchObject({ value: of.limit });
  });

  test('does not exist for other organizations', async () => {
    const [one, other] = [await open(given), await open(given)];
    const id = String((await one.save(one.example)).body.data['id']);
    expect([
      outcome(await other.get(id)),
      outcome(await other.save(other.example, id)),
      outcome(await other.remove(id)),
      names(await other.list()),
    ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', []]);
  });

  test('of others does not exist for callers that are limited to their own records', async () => {
    const { save, list, example, joinLimited } = await open(given);
    const limited = await joinLimited('usr_limited');
    const id = String((await save(example)).body.data['id']);
    expect([
      outcome(await limited.get(id)),
      outcome(await limited.save(example, id)),
      outcome(await limited.remove(id)),
      names(await limited.list()),
    ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '404 NOT_FOUND', []]);
    const own = await limited.save({ ...example, name: 'Own' });
    expect(outcome(own)).toBe(of.owner === 'user' ? '201' : '403 INSUFFICIENT_SCOPE');
    if (of.owner !== 'user') return;
    expect([names(await limited.list()), names(await list())]).toEqual([['Own'], ['Own', 'First']]);
    const ownId = String(own.body.data['id']);
    expect(outcome(await limited.save({ ...example, name: 'Own', user_id: 'usr_other' }, ownId))).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(outcome(await save({ ...example, user_id: 'usr_none' }, id))).toBe('422 UNKNOWN_USER');
  });

  test('is deleted with its organization, however many there are', async () => {
    const { save, organization, example, table } = await open(given);
    const amount = Math.min(35, of.limit);
    for (let at = 0; at < amount; at += 1) expect(outcome(await save({ ...example, name: `N ${at}` }))).toBe('201');
    await removeAfter(given, { type: 'org.closed', organization, id: `org_${organization}` });
    const { row, nameRow } = rowsOf(of);
    expect([(await table.query(row, {})).items, (await table.query(nameRow, {})).items]).toEqual([[], []]);
    expect(await table.get(countRow, { of: of.plural })).toMatchObject({ value: 0 });
  });
});

describe.each(cases.filter(({ of }) => of.owner === 'user'))('$name', (given) => {
  const { of } = given;

  test('of a user is deleted with the user, those of others remain', async () => {
    const { save, list, organization, example, joinLimited } = await open(given);
    await joinLimited('usr_leaving');
    await save({ ...example, name: 'Leaving', user_id: 'usr_leaving' });
    await save(example);
    await removeAfter(given, { type: 'user.deleted', organization, id: 'usr_leaving' });
    expect(names(await list())).toEqual(['First']);
  });

  test('of a user is deleted with the user, also behind more than a store reads at once', async () => {
    const { save, organization, example, joinLimited, table } = await open(given);
    await joinLimited('usr_leaving');
    const id = String((await save({ ...example, user_id: 'usr_leaving' })).body.data['id']);
    const { row } = rowsOf(of);
    const made = found(await table.get(row, { id }), of.noun);
    const large = { ...made, user_id: null, padding: 'x'.repeat(300_000) };
    for (const at of [1, 2, 3, 4, 5])
      await commit(stores.store, organization, [overwrite(row, { ...large, id: `${id}${at}` })]);
    await removeAfter(given, { type: 'user.deleted', organization, id: 'usr_leaving' });
    expect(await table.get(row, { id })).toBeUndefined();
  });
});

describe('the newcomer', () => {
  test('passes the checks of contracts and is in the OpenAPI document', () => {
    assertContracts([holidayCalendars, sharedCalendars]);
    const document = JSON.stringify(openApi([holidayCalendars], '1.0.0'));
    for (const id of ['listHolidayCalendars', 'getHolidayCalendar', 'saveHolidayCalendar', 'deleteHolidayCalendar'])
      expect(document).toContain(`"${id}"`);
    expect(holidayCalendarsHandler).toBeTypeOf('function');
  });

  test('states all of itself in one folder, in at most 110 lines', () => {
    const folder = new URL('../support/newcomer/holiday-calendars/', import.meta.url);
    const lines = readdirSync(folder).flatMap((file) =>
      readFileSync(new URL(file, folder), 'utf8').trimEnd().split('\n'),
    );
    expect(lines.length).toBeLessThanOrEqual(110);
  });
});

test('the user who owns an item is required where its fields say so', async () => {
  const door = stored('doorphone', {
    noun: 'door phone',
    area: 'telephony',
    path: '/doorphones',
    prefix: 'door',
    fields: { name: z.string().max(64).describe('Name'), user_id: z.string().max(81).describe('Whose phones ring') },
    limit: 2,
    owner: 'user',
    onUserDeleted: 'delete',
    onClosed: 'delete',
    example: { name: 'Gate', user_id: 'usr_none' },
  });
  const { save } = await open(caseOf(storedResource('door-phones', door, { format: 'standard' }), door));
  expect(outcome(await save({ name: 'Gate' }))).toBe('400 MISSING_FIELD');
  expect(outcome(await save({ name: 'Gate', user_id: 'usr_none' }))).toBe('422 UNKNOWN_USER');
});
