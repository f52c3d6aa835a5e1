import { expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { create, overwrite } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { smsBatchRow } from '#dynamodb/rows/sms-batch.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { transact } from '#dynamodb/transact.ts';
import { recorder, systemOrigin } from '#runtime/event-record.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { reservable } from '../../billing/charging/account.ts';
import { chargesRow, creditRow, usageRow } from '../../billing/charging/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import { account } from '../sms-delivery/sender.fixture.ts';
import { countingWrites, expandBatch, readPayer, type ExpansionContext } from './acceptance-steps.ts';
import { smsContent } from '../sms-delivery/sms.fixture.ts';
import { batchId, messagesOf } from './batch.ts';

const running = testStore();

const period = '2026-11';
const contextOf = (organization: number): Parameters<typeof readPayer>[1] => ({
  table: tableFor(running.store, organization),
  tableOf: (other: number) => tableFor(running.store, other),
  environment: {},
});

test('the account that pays has its balance, its tariff and what it has used', async () => {
  await account(running.store, 7_901);
  await commit(running.store, 7_901, [
    overwrite(creditRow, { credits: 500, reserved: 100 }),
    overwrite(chargesRow, { period, shard: 0, charges: 50 }),
    overwrite(usageRow, { period, included_sms: 3 }),
  ]);
  const payer = await readPayer({ organization: organizationOf(7_901), now: noon }, contextOf(7_901));
  expect(payer).toMatchObject({ period, used: { included_sms: 3 }, terms: { tariff: null, defaultPrice: 7_500n } });
  expect(reservable(payer.account)).toBe(money(1_000_000n + 500n - 100n - 50n));
});

test('the tariff is that of the seller', async () => {
  await account(running.store, 7_903);
  const tariff = firstVersion(NewTariff.parse({ name: 'Plan', currency: 'USD' }), {
    id: 'trf_7903',
    organization: 1000,
    now: noon.toISOString(),
  });
  await commit(running.store, 1000, [overwrite(tariffRow, { ...tariff, profiles: 1 })]);
  const context = contextOf(7_903);
  const none = await readPayer({ organization: organizationOf(7_903), now: noon }, context);
  expect(none.terms.tariff).toBeNull();
});

test('recipients beyond those of the minute or of the day are rejected', async () => {
  const asked = { organization: organizationOf(7_905, { settings: { sms: { daily_limit: 30 } } }), now: noon };
  const count = (recipients: number, environment: Readonly<Record<string, string>> = {}) =>
    commit(running.store, 7_905, countingWrites(recipients, asked, environment));
  await count(20);
  await expect(count(11)).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 43_200 });
  await expect(count(10, { RATE_LIMIT_SMS: '25' })).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfter: 60 });
  await count(10);
  expect(() => countingWrites(31, asked, {})).toThrow('More than 30 recipients of SMS per day');
});

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
  const expansion: ExpansionContext = {
    organization,
    table,
    record,
    now: noon,
    transact: (decide) => transact(dependencies, { organization, decide }),
  };
  await commit(running.store, organization, [create(smsBatchRow, batch)]);
  const eventTypes = async () =>
    Object.groupBy((await table.query(eventRow, {}, { limit: 100 })).items, ({ type }) => type);
  return { organization, batch, table, expansion, eventTypes };
}

test('each message of a batch is stored once with its event, and the batch says so', async () => {
  const { batch, table, expansion, eventTypes } = await accepted();
  await expandBatch(batch, expansion);
  expect((await table.query(smsRow, {}, { limit: 100 })).items).toHaveLength(45);
  const { 'sms.queued': queued = [], 'sms.failed': failed = [] } = await eventTypes();
  expect([queued.length, failed.length]).toEqual([44, 1]);
  expect((await table.get(smsBatchRow, { id: batch.id }))?.expanded).toBe(true);
});

test('a repetition stores what is missing, and expansions at the same time store each message once', async () => {
  const { organization, batch, table, expansion, eventTypes } = await accepted();
  const [first] = messagesOf(batch);
  await commit(running.store, organization, [create(smsRow, { ...first!, status: 'cancelled' as const })]);
  await Promise.all([expandBatch(batch, expansion), expandBatch(batch, expansion)]);
  expect((await table.query(smsRow, {}, { limit: 100 })).items).toHaveLength(45);
  expect((await table.get(smsRow, { id: first!.id }))?.status).toBe('cancelled');
  expect((await eventTypes())['sms.queued']).toHaveLength(43);
});

test('a batch that is expanded stores nothing', async () => {
  const { batch, table, expansion } = await accepted();
  await expandBatch({ ...batch, expanded: true }, expansion);
  expect((await table.query(smsRow, {})).items).toEqual([]);
});
