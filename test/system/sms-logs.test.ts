import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newTenant, outcome, texts, type Body } from './tenant.fixture.ts';

/** The SMS log from a push to a download, over HTTP and through the queue. */

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const sms = (message_id: string, more: Body = {}) => ({
  message_id,
  direction: 'inbound',
  from: '+14155551234',
  to: '22333',
  message: `Text of ${message_id}`,
  status: 'received',
  timestamp: ago(1),
  ...more,
});

test('what is pushed is searched and downloaded, and STOP opts its sender out', async () => {
  const { ask } = await newTenant();
  const logs = [sms('a', { message: 'STOP' }), sms('b', { message: '=1+1', timestamp: ago(2) })];
  const pushed = await ask('POST', '/smslogs/push', { logs });
  expect(pushed.body).toMatchObject({ status: 'success', data: { processed: 2, failed: 0, duplicates: 0 } });
  expect((await ask('POST', '/smslogs/push', { logs })).body).toMatchObject({ data: { processed: 0, duplicates: 2 } });
  await eventually(async () =>
    expect((await ask('GET', '/smsoptouts?source=keyword')).body).toMatchObject({
      data: [{ number: '+14155551234', reason: 'STOP' }],
    }),
  );
  const range = { start_date: ago(60), end_date: ago(0) };
  const started = await ask('POST', '/smslogs/search', range);
  expect(outcome(started)).toBe('202');
  const search_id = texts(started)['search_id'];
  const download = (more: Body) => ask('POST', '/smslogs/download', { search_id, ...more });
  await eventually(async () => expect(outcome(await download({ format: 'json' }))).toBe('200'), 20_000);
  expect((await download({ format: 'json', per_page: 1 })).body).toMatchObject({
    data: { total_results: 2, total_pages: 2, truncated: false, results: [{ message_id: 'a', message: 'STOP' }] },
  });
  const csv = await download({ format: 'csv' });
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(String(csv.body).split('\r\n')[2]).toMatch(/^b,inbound,\+14155551234,22333,'=1\+1,/);
});

test('faults of a request have the codes that clients know', async () => {
  const { ask } = await newTenant();
  const outcomeOf = async (path: string, body: Body) => outcome(await ask('POST', path, body));
  expect(await outcomeOf('/smslogs/push', { logs: [{ message_id: 'a' }] })).toBe('400 MISSING_REQUIRED_FIELD');
  expect(await outcomeOf('/smslogs/push', { logs: [sms('a', { from: '@SUM(1)' })] })).toBe('400 INVALID_LOG_FORMAT');
  expect(await outcomeOf('/smslogs/search', { end_date: '2026-01-01' })).toBe('400 INVALID_DATE_RANGE');
  expect(await outcomeOf('/smslogs/download', { search_id: 'search_x', format: 'csv' })).toBe('400 INVALID_SEARCH_ID');
});

test('a search of another tenant is unknown, and its messages are not found', async () => {
  const [one, other] = [await newTenant(), await newTenant()];
  await one.ask('POST', '/smslogs/push', { logs: [sms('a', { from: 'Secret', to: '+14155551234' })] });
  const search = async ({ ask }: typeof one) =>
    texts(await ask('POST', '/smslogs/search', { start_date: ago(60), end_date: ago(0), from: 'Secret' }))['search_id'];
  const [own, foreign] = [await search(one), await search(other)];
  const download = ({ ask }: typeof one, search_id: string | undefined) =>
    ask('POST', '/smslogs/download', { search_id, format: 'json' });
  await eventually(async () => {
    expect((await download(one, own)).body).toMatchObject({ data: { total_results: 1 } });
    expect((await download(other, foreign)).body).toMatchObject({ data: { total_results: 0 } });
  }, 20_000);
  expect(outcome(await download(other, own))).toBe('400 INVALID_SEARCH_ID');
});
