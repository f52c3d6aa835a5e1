import { afterAll, beforeAll, expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { transact } from '#dynamodb/transact.ts';
import { create } from '#dynamodb/write.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { smsContent } from '../sms-delivery/sms.fixture.ts';
import { batchId, messagesOf } from './batch.ts';
import { expandBatch, type ExpansionContext } from './expansion-steps.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

let last = 6_400;

/** An accepted batch of 45 recipients, of which one has an error. */
async function accepted() {
  last += 1;
  const organization = last;
  const dependencies = testDependencies(running.store);
  const batch: SmsBatch = {
    kind: 'sms',
    id: batchId(dependencies.nextId('batch')),
    ...smsContent,
    validity_minutes: 60,
    created_at: noon.toISOString(),
    expanded: false,
    recipients: Array.from({ length: 45 }, (_recipient, at) => ({
      to: `+1415555${1_000 + at}`,
      price: null,
      error: at === 44 ? { code: 'RECIPIENT_OPTED_OUT', message: 'opted out' } : null,
    })),
  };
  const table = tableFor<'sms' | 'batch' | 'event'>(running.store, organization);
  const record = recorder({ origin: systemOrigin, organization, now: noon, nextId: dependencies.nextId });
  const place: ExpansionContext = {
    organization,
    table,
    record,
    now: noon,
    transact: (decide) => transact(dependencies, { organization, decide }),
  };
  await commit(running.store, organization, [create(smsBatchRow, batch)]);
  const eventTypes = async () =>
    Object.groupBy((await table.query(eventRow, {}, { limit: 100 })).items, ({ type }) => type);
  return { organization, batch, table, place, eventTypes };
}

test('each message of a batch is stored once with its event, and the batch says so', async () => {
  const { batch, table, place, eventTypes } = await accepted();
  await expandBatch(batch, place);
  expect((await table.query(smsRow, {}, { limit: 100 })).items).toHaveLength(45);
  const { 'sms.queued': queued = [], 'sms.failed': failed = [] } = await eventTypes();
  expect([queued.length, failed.length]).toEqual([44, 1]);
  expect((await table.get(smsBatchRow, { id: batch.id }))?.expanded).toBe(true);
});

test('a repetition stores what is missing, and expansions at the same time store each message once', async () => {
  const { organization, batch, table, place, eventTypes } = await accepted();
  const [first] = messagesOf(batch);
  await commit(running.store, organization, [create(smsRow, { ...first!, status: 'cancelled' as const })]);
  await Promise.all([expandBatch(batch, place), expandBatch(batch, place)]);
  expect((await table.query(smsRow, {}, { limit: 100 })).items).toHaveLength(45);
  expect((await table.get(smsRow, { id: first!.id }))?.status).toBe('cancelled');
  expect((await eventTypes())['sms.queued']).toHaveLength(43);
});

test('a batch that is expanded stores nothing', async () => {
  const { batch, table, place } = await accepted();
  await expandBatch({ ...batch, expanded: true }, place);
  expect((await table.query(smsRow, {})).items).toEqual([]);
});
