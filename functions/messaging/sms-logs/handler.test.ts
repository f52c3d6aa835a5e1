import { beforeAll, describe, expect, test } from 'vitest';
import { logEntryWith } from './entry.fixture.ts';
import { numberOf } from '#test/support/resources.fixture.ts';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { manualClock, memoryQueues, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryLinks, memoryObjects } from '#test/support/objects.fixture.ts';
import { organizationOf, tenantsIn } from '#test/support/people.fixture.ts';
import { call, eventOf, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit, maximumWrites } from '#dynamodb/commit.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { day, minute } from '#schema/time.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { searchMessage } from '../sms-log-search/contract.ts';
import { smsLogSearchHandler } from '../sms-log-search/handler.ts';
import { optOutRow } from '../sms-opt-outs/row.ts';
import { smsLogsHandler, storeEntries } from './handler.ts';
import { searchRow } from './row.ts';
import type { smsLogs } from './contract.ts';

const clock = manualClock(noon.toISOString());
const kept = memoryObjects();
let isAway = false;
const objects: typeof kept = {
  ...kept,
  put: (...put) => (isAway ? Promise.reject(new Error('no bucket')) : kept.put(...put)),
};
const stores = testStore();
let handler: ApiHandler;
/** Whose answers have 40,000 bytes at most. */
let small: ApiHandler;
let work: ReturnType<typeof smsLogSearchHandler>;
let tenants: Awaited<ReturnType<typeof tenantsIn>>;

beforeAll(async () => {
  tenants = await tenantsIn(stores.store);
  const dependencies = { ...testDependencies(stores.store, { clock }), objects, links: memoryLinks };
  handler = smsLogsHandler(dependencies);
  small = smsLogsHandler(dependencies, 40_000);
  work = smsLogSearchHandler({ ...dependencies, queues: memoryQueues() });
});

const ago = (milliseconds: number): string => new Date(clock.now().getTime() - milliseconds).toISOString();
const sms = (message_id: string, more: object = {}) => ({
  message_id,
  direction: 'inbound',
  from: '+14155551234',
  to: '+14155550000',
  message: `Text of ${message_id}`,
  status: 'received',
  timestamp: ago(minute),
  ...more,
});

let last = 6_000;

async function newTenant(settings: OrganizationItem['settings'] = {}) {
  const organization = (last += 1);
  const token = await tenants.join(organization, { organization: { settings } });
  const agent = await tenants.join(organization, {
    organization: { settings },
    user: { roles: ['agent'] },
    session: { own_only: ['messaging:read', 'messaging:write'] },
  });
  const ask = (route: string, json: unknown, as = token): Promise<Reply> => call(handler, route, { token: as, json });
  const push = (logs: readonly unknown[], as = token) => ask('POST /smslogs/push', { logs }, as);
  const range = () => ({ start_date: ago(90 * day), end_date: ago(0) });
  const search = (body: object = {}, as = token) => ask('POST /smslogs/search', { ...range(), ...body }, as);
  const download = (body: object, as = token) => ask('POST /smslogs/download', { format: 'json', ...body }, as);
  const run = (search_id: string, receives = 1) =>
    work(batchOf([searchMessage({ org_id: organization, search_id }).body], receives));
  /** Runs a search to its end. @returns its id */
  const find = async (body: object = {}, as = token): Promise<string> => {
    const id = dataOf(await search(body, as))['search_id'] as string;
    for (let slice = 0; slice < 9; slice += 1) await run(id);
    return id;
  };
  const found = async (body: object = {}, as = token) =>
    (
      dataOf(await download({ search_id: await find(body, as), per_page: 1_000 }, as))['results'] as {
        message_id: string;
      }[]
    ).map(({ message_id: id }) => id);
  return { organization, token, agent, ask, push, search, download, run, find, found };
}

const dataOf = ({ body }: Reply) => (body as object as { data: Record<string, unknown> }).data;

describe('a push', () => {
  test('files entries once, and says what became of each', async () => {
    const { push, organization } = await newTenant();
    const logs = [sms('a'), sms('b', { timestamp: ago(91 * day) }), sms('c', { direction: 'outbound' }), sms('a')];
    const reply = await push(logs);
    expect(reply).toMatchObject({
      status: 200,
      body: { status: 'success', data: { processed: 2, failed: 1, duplicates: 1 } },
    });
    expect(dataOf(reply)['errors']).toEqual([{ index: 1, code: 'OLDER_THAN_RETENTION' }]);
    expect(dataOf(await push(logs))).toMatchObject({ processed: 0, failed: 1, duplicates: 3 });
    const events = (await eventsOf(stores.store, organization)).map(({ type }) => type);
    expect(events).toEqual(['sms.received', 'smslogs.pushed', 'smslogs.pushed']);
  });

  test('updates the status of a known message', async () => {
    const { push, found } = await newTenant();
    await push([sms('a', { direction: 'outbound', status: 'sent', timestamp: ago(2 * minute) })]);
    expect(dataOf(await push([sms('a', { status: 'delivered' })]))).toMatchObject({ processed: 1, duplicates: 0 });
    expect(dataOf(await push([sms('a', { status: 'failed', timestamp: ago(3 * minute) })]))).toMatchObject({
      duplicates: 1,
    });
    expect(await found({ status: 'delivered' })).toEqual(['a']);
  });

  test('files two hundred entries, also if two clients push the same ones at once', async () => {
    const { push, find, download } = await newTenant();
    const logs = Array.from({ length: 200 }, (_, at) =>
      sms(`m${at}`, { message: at % 2 === 0 ? 'STOP' : 'Hello', from: `+1415555${1_000 + at}` }),
    );
    const counts = (await Promise.all([push(logs), push(logs)])).map(dataOf);
    expect(counts.reduce((sum, { processed }) => sum + Number(processed), 0)).toBe(200);
    expect(counts.reduce((sum, { duplicates }) => sum + Number(duplicates), 0)).toBe(200);
    expect(dataOf(await download({ search_id: await find() }))['total_results']).toBe(200);
  });

  test.each([
    [{ logs: [{}] }, '400 MISSING_REQUIRED_FIELD'],
    [{}, '400 MISSING_REQUIRED_FIELD'],
    [{ logs: [] }, '400 INVALID_LOG_FORMAT'],
    [{ logs: [sms('a', { from: '=1+1' })] }, '400 INVALID_LOG_FORMAT'],
    [{ logs: Array(1_001).fill(sms('a')) }, '413 PAYLOAD_TOO_LARGE'],
    [{ logs: [sms('a', { message: 'x'.repeat(5_000_000) })] }, '413 PAYLOAD_TOO_LARGE'],
  ])('with a wrong form is rejected as a whole: %#', async (body, expected) => {
    const { ask, found } = await newTenant();
    expect(outcome(await ask('POST /smslogs/push', body))).toBe(expected);
    expect(await found()).toEqual([]);
  });

  test('of a caller limited to its own records files its own messages only', async () => {
    const { push, agent, found, token } = await newTenant();
    expect(outcome(await push([sms('a', { userId: 'usr_other' })], agent))).toBe('403 INSUFFICIENT_SCOPE');
    expect(outcome(await push([sms('b')], agent))).toBe('200');
    await push([sms('c')]);
    expect((await found({}, token)).toSorted()).toEqual(['b', 'c']);
    expect(await found({}, agent)).toEqual(['b']);
  });
});

describe('a received message', () => {
  const optOutOf = (organization: number, number = '+14155551234') =>
    tableFor<'smsoptout'>(stores.store, organization).get(optOutRow, { number });
  const answersOf = async (organization: number) =>
    (await tableFor<'sms'>(stores.store, organization).query(smsRow, {})).items;
  const holdNumber = (org_id: number, number: string) =>
    commit(stores.store, 0, [
      create(numberRow, numberOf({ id: `num_${org_id}`, number, org_id, capabilities: ['sms'] })),
    ]);

  test('opts its sender out and in again; the newest wish counts, in whatever order they arrive', async () => {
    const { push, organization } = await newTenant();
    await push([sms('a', { message: 'Stop' })]);
    expect(await optOutOf(organization)).toMatchObject({ state: 'opted_out', source: 'keyword', reason: 'STOP' });
    await push([sms('b', { message: 'START', timestamp: ago(2 * minute) })]);
    expect(await optOutOf(organization)).toMatchObject({ state: 'opted_out' });
    await push([sms('c', { message: 'START', timestamp: ago(0) })]);
    expect(await optOutOf(organization)).toMatchObject({ state: 'opted_in' });
    const events = (await eventsOf(stores.store, organization)).map(({ type }) => type);
    expect(events.filter((type) => type.startsWith('sms.opt'))).toEqual(['sms.optout', 'sms.optin']);
  });

  test('opts out by a word of the organization too, and is answered', async () => {
    const { push, organization } = await newTenant({ sms: { stop_words: ['Abmelden'] } });
    await holdNumber(organization, '+14155557008');
    await push([sms('a', { message: 'abmelden', to: '+14155557008' })]);
    expect(await optOutOf(organization)).toMatchObject({ state: 'opted_out', reason: 'ABMELDEN' });
    expect(await answersOf(organization)).toHaveLength(1);
    await push([sms('b', { message: 'Bitte abmelden' })]);
    const events = (await eventsOf(stores.store, organization)).map(({ type }) => type);
    expect(events).toContain('sms.optout_suspected');
  });

  test('gets answers to HELP and to the first STOP, five a day at most, by numbers of the organization', async () => {
    const { push, organization } = await newTenant();
    await push([sms('a', { message: 'HELP', to: '+14155557001' })]);
    expect(await answersOf(organization)).toEqual([]);
    await holdNumber(organization, '+14155557001');
    for (const [at, message] of ['STOP', 'HELP', 'STOP', 'HELP', 'HELP', 'HELP', 'HELP'].entries())
      await push([sms(`n${at}`, { message, to: '+14155557001' })]);
    expect(await answersOf(organization)).toHaveLength(5);
    expect((await answersOf(organization)).at(-1)).toMatchObject({
      to: '+14155551234',
      from: '+14155557001',
      status: 'queued',
      price: null,
    });
    const queued = (await eventsOf(stores.store, organization)).filter(({ type }) => type === 'sms.queued');
    expect(queued).toHaveLength(5);
  });

  test('is not answered if it is older than five minutes, or known', async () => {
    const { push, organization } = await newTenant();
    await holdNumber(organization, '+14155557002');
    await push([sms('a', { message: 'STOP', to: '+14155557002', timestamp: ago(5 * minute + 1) })]);
    expect(await answersOf(organization)).toEqual([]);
    const recent = sms('b', { message: 'HELP', to: '+14155557002' });
    await push([recent]);
    await push([recent]);
    expect(await answersOf(organization)).toHaveLength(1);
  });
});

describe('a search', () => {
  test('finds the messages of its range by its filters, newest first', async () => {
    const { push, found } = await newTenant();
    await push([
      sms('old', { timestamp: ago(3 * day) }),
      sms('out', { direction: 'outbound', from: 'Acme', to: '+14155551234', timestamp: ago(2 * minute) }),
      sms('new', { message: 'Your Appointment', userId: 7 }),
    ]);
    expect(await found()).toEqual(['new', 'out', 'old']);
    expect(await found({ start_date: ago(day) })).toEqual(['new', 'out']);
    expect(await found({ end_date: ago(day) })).toEqual(['old']);
    expect(await found({ direction: 'outbound' })).toEqual(['out']);
    expect(await found({ from: 'Acme' })).toEqual(['out']);
    expect(await found({ from: '+14155551234', to: '+14155550000' })).toEqual(['new', 'old']);
    expect(await found({ content: 'appointment' })).toEqual(['new']);
    expect(await found({ userId: '7' })).toEqual(['new']);
    expect(await found({ limit: 2 })).toEqual(['new', 'out']);
  });

  test.each([
    [{ start_date: undefined }, '400 INVALID_DATE_RANGE'],
    [{ start_date: 'soon' }, '400 INVALID_DATE_RANGE'],
    [{ start_date: '2026-12-01', end_date: '2026-11-01' }, '400 INVALID_DATE_RANGE'],
    [{ start_date: '2026-01-01', end_date: '2026-11-01' }, '400 DATE_RANGE_TOO_LARGE'],
    [{ limit: 50_001 }, '422 VALIDATION_FAILED'],
    [{ content: 'x' }, '422 VALIDATION_FAILED'],
  ])('with %j is rejected', async (body, expected) => {
    const { search } = await newTenant();
    expect(outcome(await search(body))).toBe(expected);
  });

  test('waits while five others run', async () => {
    const { search, run } = await newTenant();
    const replies = [];
    for (let at = 0; at < 6; at += 1) replies.push(await search());
    expect(replies.map(outcome)).toEqual(['202', '202', '202', '202', '202', '429 RATE_LIMIT_EXCEEDED']);
    expect(replies[5]?.headers['retry-after']).toBe('5');
    const [first] = replies.slice(0, 1).map((reply) => String(dataOf(reply)['search_id']));
    for (let slice = 0; slice < 2; slice += 1) await run(first ?? '');
    expect(outcome(await search())).toBe('202');
  });

  test('whose worker is lost is tried three times, and has failed then', async () => {
    const { search, download, run } = await newTenant();
    const id = String(dataOf(await search())['search_id']);
    isAway = true;
    try {
      expect((await run(id, 1)).batchItemFailures).toHaveLength(1);
      // Its turn must end before another worker takes over.
      clock.advance(61);
      expect((await run(id, 2)).batchItemFailures).toHaveLength(1);
      expect(outcome(await download({ search_id: id }))).toBe('400 SEARCH_NOT_COMPLETE');
      clock.advance(61);
      expect((await run(id, 3)).batchItemFailures).toHaveLength(0);
    } finally {
      isAway = false;
    }
    expect(outcome(await download({ search_id: id }))).toBe('410 SEARCH_FAILED');
    await run(id);
    expect(outcome(await download({ search_id: id }))).toBe('410 SEARCH_FAILED');
  });
});

describe('a download', () => {
  test('has the pages of the result, in any size', async () => {
    const { organization, find, download } = await newTenant();
    // An object of a result has a thousand.
    await fileEntries(organization, 1_000, (at) => ({ ...entry(`m${at}`), timestamp: ago(minute + at) }));
    await fileEntries(organization, 250, (at) => ({ ...entry(`n${at}`), timestamp: ago(10 * minute + at) }));
    const id = await find({ limit: 1_200 });
    const ids: string[] = [];
    for (let page = 1; page <= 4; page += 1) {
      const result = dataOf(await download({ search_id: id, page, per_page: 300 }));
      expect(result).toMatchObject({ total_results: 1_200, page, per_page: 300, total_pages: 4, truncated: true });
      ids.push(...(result['results'] as { message_id: string }[]).map(({ message_id: each }) => each));
    }
    expect(ids).toHaveLength(1_200);
    expect(new Set(ids).size).toBe(1_200);
    expect([ids[0], ids[999], ids[1_000]]).toEqual(['m0', 'm999', 'n0']);
    expect(dataOf(await download({ search_id: id, page: 5, per_page: 300 }))['results']).toEqual([]);
  });

  test('as CSV is the whole result', async () => {
    const { push, find, token } = await newTenant();
    await push([sms('a', { message: '=1+1', cost: 0.0075 }), sms('b', { timestamp: ago(2 * minute) })]);
    const reply = await rawDownload(token, await find());
    expect(reply.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8' });
    const [head, first, second, end] = reply.text.split('\r\n');
    expect(head).toMatch(/^message_id,direction,/);
    expect(first).toMatch(/^a,inbound,\+14155551234,\+14155550000,'=1\+1,received,.*,,,0\.0075$/);
    expect(second).toMatch(/^b,/);
    expect(end).toBe('');
  });

  test('of a large CSV file is a link', async () => {
    const { organization, find, token } = await newTenant();
    const message = '\u00e4'.repeat(2_000);
    await fileEntries(organization, 12, (at) => ({ ...entry(`m${at}`), message }));
    const reply = await rawDownload(token, await find(), small);
    expect(reply.status).toBe(303);
    expect(reply.headers['location']).toContain('messages.csv');
  });

  test('of a page that is too large asks for a smaller one', async () => {
    const { organization, token, find } = await newTenant();
    const message = '\u4e2d'.repeat(2_000);
    await fileEntries(organization, 8, (at) => ({ ...entry(`m${at}`), message }));
    const id = await find();
    const outcomeOf = async (per_page: number) =>
      outcome(
        await call(small, 'POST /smslogs/download', { token, json: { format: 'json', search_id: id, per_page } }),
      );
    expect([await outcomeOf(8), await outcomeOf(3)]).toEqual(['413 PAYLOAD_TOO_LARGE', '200']);
  });

  test('is possible for a day, for the organization only', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const id = await one.find();
    expect(outcome(await one.download({ search_id: id }))).toBe('200');
    expect(outcome(await other.download({ search_id: id }))).toBe('400 INVALID_SEARCH_ID');
    expect(outcome(await one.download({ search_id: id }, one.agent))).toBe('400 INVALID_SEARCH_ID');
    expect(outcome(await one.download({ search_id: 'nonsense' }))).toBe('400 INVALID_SEARCH_ID');
    const search = await tableFor<'search'>(stores.store, one.organization).get(searchRow, { id });
    if (search === undefined) return expect.fail('the search is not stored');
    await commit(stores.store, one.organization, [overwrite(searchRow, { ...search, created_at: ago(day) })]);
    expect(outcome(await one.download({ search_id: id }))).toBe('404 SEARCH_EXPIRED');
  });

  async function rawDownload(token: string, search_id: string, at = handler) {
    const result = await at(
      eventOf('POST /smslogs/download', {
        body: JSON.stringify({ search_id, format: 'csv' }),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
      }),
      { functionName: 'test', awsRequestId: 'test' } as Parameters<ApiHandler>[1],
    );
    const headers = Object.fromEntries(
      Object.entries(result.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
    return { status: result.statusCode, headers, text: result.body ?? '' };
  }
});

const entry = (message_id: string): SmsLogEntry =>
  logEntryWith({ message_id, timestamp: noon.toISOString(), status_at: noon.toISOString(), segments: null });

/** Stores so many entries as they are. */
async function fileEntries(organization: number, count: number, entryAt: (at: number) => SmsLogEntry): Promise<void> {
  const writes = Array.from({ length: count }, (_, at) => create(smsLogRow, entryAt(at)));
  for (let at = 0; at < count; at += maximumWrites)
    await commit(stores.store, organization, writes.slice(at, at + maximumWrites));
}

/** Stores entries in an organization. */
function storeIn(organization: number, entries: readonly SmsLogEntry[]) {
  const dependencies = testDependencies(stores.store);
  const table = tableFor<ReadName<EffectOf<typeof smsLogs>>>(stores.store, organization);
  const { nextId } = dependencies;
  const record = recorder({ origin: systemOrigin, organization, now: noon, nextId });
  return storeEntries(
    entries,
    { organization: organizationOf(organization), now: noon, record },
    { table, dependencies, nextId },
  );
}

test('entries that two pushes store at the same time are stored once, with their events', async () => {
  const entries = Array.from({ length: 60 }, (_, at) => entry(`m${at}`));
  const counts = await Promise.all([storeIn(6_900, entries), storeIn(6_900, entries)]);
  expect(counts.reduce((sum, { processed }) => sum + processed, 0)).toBe(60);
  expect(counts.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(60);
  const types = (await eventsOf(stores.store, 6_900)).map(({ type }) => type);
  expect(types.filter((type) => type === 'sms.received')).toHaveLength(60);
  expect(types.filter((type) => type === 'sms.optout')).toHaveLength(1);
});
