import { afterAll, beforeAll, expect, test } from 'vitest';
import { hold } from '../../../test/support/legal-holds.fixture.ts';
import { testDependencies } from '../../../test/support/dependencies.fixture.ts';
import { organizationOf } from '../../../test/support/people.fixture.ts';
import { startStore, type TestStore } from '../../../test/support/store.fixture.ts';
import { commit } from '../../../shared/dynamodb/commit.ts';
import { linesOf, logRow, type LogItem } from '../../../shared/dynamodb/rows/log.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import { entriesOf, smsLogRow } from '../../../shared/dynamodb/rows/sms-log.ts';
import { smsBatchRow } from '../../../shared/dynamodb/rows/sms-batch.ts';
import { smsRow } from '../../../shared/dynamodb/rows/sms.ts';
import { firstIdAt } from '../../../shared/dynamodb/ulid.ts';
import type { SmsLogEntry } from '../../../shared/schema/sms-log.ts';
import type { Sms } from '../../../shared/schema/sms.ts';
import type { SmsBatch } from '../../../shared/schema/sms-batch.ts';
import { tableFor } from '../../../shared/dynamodb/table.ts';
import { create, overwrite } from '../../../shared/dynamodb/write.ts';
import { logRetentionHandler } from './handler.ts';

let stores: TestStore;
beforeAll(async () => {
  stores = await startStore();
});
afterAll(() => stores.stop());

const DAY = 86_400_000;
const now = new Date('2026-11-20T10:00:00.000Z');
const line = (days: number, mark: string, id = 'org_1'): LogItem => ({
  id: `log_${mark}`,
  mark,
  entity: { type: 'org', id },
  at: new Date(now.getTime() - days * DAY).toISOString(),
  type: 'call',
  level: 'info',
  message: '',
  details: {},
  source: null,
  import_id: null,
});

const keep = (organization: number, log_days: number) =>
  commit(
    stores.store,
    0,
    [overwrite(organizationRow, organizationOf(organization, { retention: { cdr_days: 90, log_days } }))].map(
      (write) => ({ ...write, organization }),
    ),
  );
async function file(organization: number, lines: readonly LogItem[]): Promise<void> {
  for (let at = 0; at < lines.length; at += 100)
    await commit(
      stores.store,
      organization,
      lines.slice(at, at + 100).map((each) => create(logRow, each)),
    );
}
const left = async (organization: number): Promise<readonly string[]> =>
  (
    await tableFor<'log' | 'log@GSI1'>(stores.store, organization).queryIndex(logRow, 'GSI1', linesOf(organization), {
      order: 'asc',
    })
  ).items.map(({ mark }) => mark);

/** Runs once. @param late milliseconds that pass with each look at the clock */
async function run(late = 0): Promise<void> {
  const dependencies = testDependencies(stores.store);
  let at = now.getTime();
  await logRetentionHandler({ ...dependencies, clock: () => new Date((at += late)) })({ time: '' });
}

test('lines are deleted when they are older than their organization keeps them, by its present setting', async () => {
  await keep(9_001, 30);
  await keep(9_002, 365);
  for (const organization of [9_001, 9_002])
    await file(organization, [
      line(31, 'old'),
      line(29.9, 'just in time'),
      line(29, 'young', 'org_2'),
      line(366, 'oldest', 'org_3'),
    ]);
  await run();
  expect([await left(9_001), await left(9_002)]).toEqual([
    ['just in time', 'young'],
    ['old', 'just in time', 'young'],
  ]);
  await keep(9_002, 30);
  await run();
  expect(await left(9_002)).toEqual(['just in time', 'young']);
});

test('the next runs do what one run has no time for', async () => {
  await keep(9_001, 30);
  await file(
    9_001,
    Array.from({ length: 350 }, (_, at) => line(31 + at, `m${at}`)),
  );
  await run(50_000);
  expect((await left(9_001)).length).toBeGreaterThan(2);
  for (let turn = 0; turn < 24; turn += 1) await run(50_000);
  expect(await left(9_001)).toEqual(['just in time', 'young']);
});

test('lines under a legal hold stay, until it is released', async () => {
  const organization = 9_004;
  await keep(organization, 30);
  await file(organization, [line(40, 'a', 'org_1'), line(39, 'b', 'org_2'), line(38, 'c', 'org_1')]);
  const release = await hold(stores.store, organization, ['logs'], { entity_ids: ['org_1'] });
  await run();
  expect(await left(organization)).toEqual(['a', 'c']);
  await release();
  await run();
  expect(await left(organization)).toEqual([]);
});

test('SMS, their batches and their log are deleted after 90 days', async () => {
  const organization = 9_003;
  await keep(organization, 365);
  const at = (days: number): string => new Date(now.getTime() - days * DAY).toISOString();
  const entry = (message_id: string, days: number): SmsLogEntry => ({
    message_id,
    direction: 'inbound',
    from: '+14155551234',
    to: '22333',
    message: 'Hello',
    status: 'received',
    timestamp: at(days),
    status_at: at(days),
    user_id: null,
    segments: 1,
    cost: null,
    source: 'import',
  });
  const sms = (days: number): Sms => ({
    id: firstIdAt('msg', now.getTime() - days * DAY),
    batch_id: null,
    status: 'sent',
    to: '+14155551234',
    from: 'Acme',
    message: 'Hello',
    encoding: 'gsm7',
    segments: 1,
    category: 'transactional',
    reference: null,
    user_id: null,
    callback_url: null,
    price: null,
    money: 'charged',
    scheduled_at: null,
    held_until: null,
    attempts: 1,
    next_at: 0,
    valid_until: 0,
    provider: null,
    provider_message_id: null,
    error: null,
    timestamps: {},
    created_at: at(days),
    updated_at: at(days),
    version: 1,
  });
  const batch = (days: number): SmsBatch => ({
    id: firstIdAt('batch', now.getTime() - days * DAY),
    kind: 'sms',
    from: 'Acme',
    message: 'Hello',
    encoding: 'gsm7',
    segments: 1,
    category: 'transactional',
    reference: 'r',
    user_id: 'usr_1',
    callback_url: null,
    scheduled_at: null,
    validity_minutes: 60,
    recipients: [{ to: '+14155551234', price: null, error: null }],
    expanded: true,
    created_at: at(days),
  });
  await commit(stores.store, organization, [
    ...[batch(90.1), batch(89.9)].map((each) => create(smsBatchRow, each)),
    ...[entry('old', 90.1), entry('young', 89.9)].map((each) => create(smsLogRow, each)),
    ...[sms(90.1), sms(89.9)].map((each) => create(smsRow, each)),
  ]);
  await file(organization, [line(91, 'kept')]);
  await run();
  const table = tableFor<'smslog' | 'smslog@GSI1' | 'sms' | 'batch'>(stores.store, organization);
  const entries = await table.queryIndex(smsLogRow, 'GSI1', entriesOf(organization));
  expect(entries.items.map(({ message_id: id }) => id)).toEqual(['young']);
  expect((await table.query(smsRow, {})).items.map(({ id }) => id)).toEqual([sms(89.9).id]);
  expect((await table.query(smsBatchRow, {})).items.map(({ id }) => id)).toEqual([batch(89.9).id]);
  expect(await left(organization)).toEqual(['kept']);
});
