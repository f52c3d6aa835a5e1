import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { call, type Reply } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { callRow } from '#dynamodb/rows/call.ts';
import { aCall } from '#telephony/call.fixture.ts';
import { logRow, type LogItem } from '#dynamodb/rows/log.ts';
import { create } from '#dynamodb/write.ts';
import type { ApiHandler } from '#http/serve.ts';
import { logsHandler } from './handler.ts';

const organization = 5_700;
const stores = testStore();
let handler: ApiHandler;
let token = '';

const line = (at: number, more: Partial<LogItem> = {}) => create(logRow, lineAt(at, more));
const lineAt = (at: number, more: Partial<LogItem>): LogItem => ({
  id: `log_${at}`,
  mark: `log_${at}`,
  entity: { type: 'org', id: `org_${organization}` },
  at: new Date(noon.getTime() + at).toISOString(),
  type: 'call',
  level: 'info',
  message: `line ${at}`,
  details: { at },
  source: 'dialplan',
  import_id: null,
  ...more,
});

beforeAll(async () => {
  const tenants = await tenantsIn(stores.store);
  token = await tenants.join(organization);
  handler = logsHandler(testDependencies(stores.store, { clock: manualClock(noon.toISOString()) }));
  await commit(stores.store, organization, [
    line(0),
    line(1, { level: 'warning' }),
    line(2),
    line(3, { type: 'sip' }),
    line(9, { entity: { type: 'user', id: 'usr_gone' } }),
  ]);
});

const read = (entity: string, query: Readonly<Record<string, string>> = {}): Promise<Reply> =>
  call(handler, 'GET /logs/{entity+}', { token, params: { entity }, query });
const told = ({ body }: Reply) => {
  const { data } = body as object as {
    readonly data: {
      readonly count: number;
      readonly total: number;
      readonly logs: readonly { readonly id: string }[];
      readonly next_page_token: string;
    };
  };
  return { ...data, logs: data.logs.map(({ id }) => id) };
};

const post = (json: unknown, entity = `org/${organization}`): Promise<Reply> =>
  call(handler, 'POST /logs/{entity+}', { token, params: { entity }, json });
const imported = ({ status, body }: Reply) => ({
  status,
  ...(
    body as object as {
      readonly data: { readonly imported: number; readonly duplicates_skipped: number; readonly import_id: string };
    }
  ).data,
});
const rejection = ({ status, body }: Reply): string =>
  `${status} ${body.error.code} ${body.error.details.map(({ path }) => path).join()}`;
const pastLine = (minutes: number, more: object = {}) => ({
  timestamp: new Date(noon.getTime() - minutes * 60_000).toISOString(),
  type: 'call',
  message: `${minutes} minutes ago`,
  details: { b: 1, a: { d: [1], c: 2 } },
  ...more,
});

describe('the log of an entity', () => {
  test('is read newest first, page by page', async () => {
    const first = told(await read(`org/${organization}`, { limit: '3' }));
    expect(first).toMatchObject({
      entity: `org/org_${organization}`,
      count: 3,
      total: 4,
      logs: ['log_3', 'log_2', 'log_1'],
    });
    expect(told(await read(`org/${organization}`, { limit: '3', page_token: first.next_page_token }))).toMatchObject({
      count: 1,
      total: 4,
      logs: ['log_0'],
      next_page_token: '',
    });
    expect(told(await read(`org/${organization}`, { offset: '2' })).logs).toEqual(['log_1', 'log_0']);
  });

  test('filters by type, level and time, its end not included', async () => {
    const ids = async (query: Readonly<Record<string, string>>) => told(await read(`org/${organization}`, query)).logs;
    expect([
      await ids({ type: 'sip' }),
      await ids({ level: 'warning' }),
      await ids({ from: '2026-11-20T12:00:00.001Z', to: '2026-11-20T13:00:00.002+01:00' }),
    ]).toEqual([['log_3'], ['log_1'], ['log_1']]);
    expect(
      await Promise.all(
        [{ type: 'news' }, { level: 'loud' }, { limit: '501' }, { from: 'today' }].map(
          async (query) => (await read(`org/${organization}`, query)).status,
        ),
      ),
    ).toEqual([400, 400, 400, 400]);
  });

  test('shows every field of a line', async () => {
    const { body } = await read(`org/${organization}`, { type: 'sip' });
    expect(body).toMatchObject({
      data: {
        logs: [
          {
            id: 'log_3',
            timestamp: '2026-11-20T12:00:00.003Z',
            type: 'sip',
            level: 'info',
            message: 'line 3',
            details: { at: 3 },
            source: 'dialplan',
            import_id: null,
          },
        ],
      },
    });
  });

  test('exists for certain kinds of entities, which the error names', async () => {
    const { body } = await read('fruit/fruit_1');
    expect(body.error.details).toEqual([
      { path: 'entity', message: 'must begin with one of user, device, trunk, gateway, number, domain, call, org' },
    ]);
  });

  test('is 404 of an unknown entity without lines, 400 of another kind, 403 of another organization', async () => {
    const asked = [
      'user/usr_none',
      'trunk/trunk_none',
      'gateway/gw_none',
      'device/dev_none',
      'number/num_none',
      'domain/dom_none',
      'call/call_none',
      'policy/pol_1',
      'org/1000',
      'user/usr_gone',
    ];
    expect(await Promise.all(asked.map(async (entity) => (await read(entity)).status))).toEqual([
      404, 404, 404, 404, 404, 404, 404, 400, 403, 200,
    ]);
  });
});

test('a call of the platform has lines', async () => {
  const { id } = aCall();
  await commit(stores.store, organization, [create(callRow, aCall({ org_id: organization }))]);
  expect((await read(`call/${id}`)).status).toBe(200);
});

describe('imported lines', () => {
  test('are stored once, however often they come and in whatever order their fields are', async () => {
    const logs = Array.from({ length: 250 }, (_, at) => pastLine(at + 1));
    const first = imported(await post({ logs: [...logs, logs[0]], source: 'pbx' }));
    expect(first).toMatchObject({
      status: 200,
      imported: 250,
      duplicates_skipped: 1,
      entity: `org/org_${organization}`,
      import_id: expect.stringMatching(/^imp_/),
    });
    const other = pastLine(1, { details: { a: { c: 2, d: [1] }, b: 1 } });
    expect(imported(await post({ logs: [other, pastLine(1, { message: 'another' }), ...logs] }))).toMatchObject({
      imported: 1,
      duplicates_skipped: 251,
    });
    expect(imported(await post({ logs: [pastLine(1)], deduplicate: false }))).toMatchObject({
      imported: 1,
      duplicates_skipped: 0,
    });
    const { body } = await read(`org/${organization}`, { to: noon.toISOString(), limit: '1', offset: '252' });
    expect(body).toMatchObject({ data: { total: 252, logs: [] } });
    expect((await read(`org/${organization}`, { to: logs[248]?.timestamp ?? '', limit: '1' })).body).toMatchObject({
      data: {
        logs: [
          {
            timestamp: logs[249]?.timestamp,
            type: 'call',
            level: 'info',
            message: '250 minutes ago',
            source: 'pbx',
            import_id: first.import_id,
          },
        ],
      },
    });
    expect((await eventsOf(stores.store, organization)).map(({ type, data }) => [type, data['imported']])).toEqual([
      ['logs.imported', 250],
      ['logs.imported', 1],
      ['logs.imported', 1],
    ]);
  });

  test('are stored all or not at all, and the error names the line that is wrong', async () => {
    const good = pastLine(5, { message: 'never filed' });
    const wrong = [
      [
        { ...good, timestamp: new Date(noon.getTime() + 301_000).toISOString() },
        '422 VALIDATION_FAILED logs[1].timestamp',
      ],
      [pastLine(90 * 24 * 60 + 1), '422 VALIDATION_FAILED logs[1].timestamp'],
      [{ ...good, type: 'news' }, '400 INVALID_PARAMETER logs[1].type'],
      [{ ...good, message: 'm'.repeat(2_001) }, '400 INVALID_PARAMETER logs[1].message'],
      [{ ...good, details: { text: 'd'.repeat(16_384) } }, '400 INVALID_PARAMETER logs[1].details'],
      [{ ...good, timestamp: '2026-11-20T11:00:00' }, '400 INVALID_PARAMETER logs[1].timestamp'],
      [{ ...good, timestamp: 'noon' }, '400 INVALID_PARAMETER logs[1].timestamp'],
      [{ ...good, message: undefined }, '400 MISSING_FIELD logs[1].message'],
    ] as const;
    for (const [bad, expected] of wrong) expect(rejection(await post({ logs: [good, bad] }))).toBe(expected);
    expect(rejection(await post({ logs: Array.from({ length: 1_001 }, () => good) }))).toBe('413 BODY_TOO_LARGE ');
    expect([rejection(await post({ logs: [] })), rejection(await post({}))]).toEqual([
      '400 INVALID_PARAMETER logs',
      '400 MISSING_FIELD logs',
    ]);
    expect((await post({ logs: [good] }, 'trunk/trunk_none')).status).toBe(404);
    expect(
      imported(
        await post({
          logs: [
            good,
            pastLine(90 * 24 * 60),
            { ...good, timestamp: new Date(noon.getTime() + 300_000).toISOString() },
          ],
        }),
      ),
    ).toMatchObject({ imported: 3 });
  });
});
