import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call, handClock, testOutside, type Reply } from '../../test/accounts.fixture.ts';
import { startStore, type TestStore } from '../../test/store.fixture.ts';
import { noon, tenantsIn } from '../../test/tenants.fixture.ts';
import { commit } from '../../shared/dynamodb/commit.ts';
import { logRow, type LogItem } from '../../shared/dynamodb/rows/log.ts';
import { create } from '../../shared/dynamodb/write.ts';
import type { ApiHandler } from '../../shared/http/serve.ts';
import { logsHandler } from './handler.ts';

const organization = 5_700;
let stores: TestStore;
let handler: ApiHandler;
let token = '';

const line = (at: number, more: Partial<LogItem> = {}) => create(logRow, lineAt(at, more));
const lineAt = (at: number, more: Partial<LogItem>): LogItem => ({
  id: `log_${at}`, mark: `log_${at}`, entity: { type: 'org', id: `org_${organization}` }, at: new Date(noon.getTime() + at).toISOString(), type: 'call', level: 'info', message: `line ${at}`,
  details: { at }, source: 'dialplan', import_id: null, ...more,
});

beforeAll(async () => {
  stores = await startStore();
  const tenants = await tenantsIn(stores.store);
  token = await tenants.join(organization);
  handler = logsHandler(testOutside(stores.store, { clock: handClock(noon.toISOString()) }));
  await commit(stores.store, organization, [line(0), line(1, { level: 'warning' }), line(2), line(3, { type: 'sip' }), line(9, { entity: { type: 'user', id: 'usr_gone' } })]);
});
afterAll(() => stores.stop());

const read = (entity: string, query: Readonly<Record<string, string>> = {}): Promise<Reply> => call(handler, 'GET /logs/{entity+}', { token, params: { entity }, query });
const told = ({ body }: Reply) => {
  const { data } = body as object as { readonly data: { readonly count: number; readonly total: number; readonly logs: readonly { readonly id: string }[]; readonly next_page_token: string } };
  return { ...data, logs: data.logs.map(({ id }) => id) };
};

describe('the log of a thing', () => {
  test('is read newest first, page by page', async () => {
    const first = told(await read(`org/${organization}`, { limit: '3' }));
    expect(first).toMatchObject({ entity: `org/org_${organization}`, count: 3, total: 4, logs: ['log_3', 'log_2', 'log_1'] });
    expect(told(await read(`org/${organization}`, { limit: '3', page_token: first.next_page_token }))).toMatchObject({ count: 1, total: 4, logs: ['log_0'], next_page_token: '' });
    expect(told(await read(`org/${organization}`, { offset: '2' })).logs).toEqual(['log_1', 'log_0']);
  });

  test('is asked for by type, level and time, its end not included', async () => {
    const ids = async (query: Readonly<Record<string, string>>) => told(await read(`org/${organization}`, query)).logs;
    expect([await ids({ type: 'sip' }), await ids({ level: 'warning' }), await ids({ from: '2026-11-20T12:00:00.001Z', to: '2026-11-20T13:00:00.002+01:00' })]).toEqual([['log_3'], ['log_1'], ['log_1']]);
    expect(await Promise.all([{ type: 'news' }, { level: 'loud' }, { limit: '501' }, { from: 'today' }].map(async (query) => (await read(`org/${organization}`, query)).status))).toEqual([400, 400, 400, 400]);
  });

  test('shows a line with all that it says', async () => {
    const { body } = await read(`org/${organization}`, { type: 'sip' });
    expect(body).toMatchObject({ data: { logs: [{ id: 'log_3', timestamp: '2026-11-20T12:00:00.003Z', type: 'sip', level: 'info', message: 'line 3', details: { at: 3 }, source: 'dialplan', import_id: null }] } });
  });

  test('of what the organization has not is 404, unless there are lines of it; of other kinds 400, of others\' 403', async () => {
    const asked = ['user/usr_none', 'trunk/trunk_none', 'gateway/gw_none', 'device/dev_none', 'number/num_none', 'domain/dom_none', 'call/call_none', 'policy/pol_1', 'org/1000', 'user/usr_gone'];
    expect(await Promise.all(asked.map(async (entity) => (await read(entity)).status))).toEqual([404, 404, 404, 404, 404, 404, 404, 400, 403, 200]);
  });
});
