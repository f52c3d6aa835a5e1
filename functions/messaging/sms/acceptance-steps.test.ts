import { afterAll, beforeAll, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { money } from '#schema/money.ts';
import { reservable } from '../../billing/charging/account.ts';
import { chargesRow, creditRow, usageRow } from '../../billing/charging/row.ts';
import { tariffRow } from '../../billing/tariffs/row.ts';
import { firstVersion, NewTariff } from '../../billing/tariffs/tariff.ts';
import { account } from '../sms-delivery/sender.fixture.ts';
import { countingWrites, readPayer } from './acceptance-steps.ts';

let running: TestStore;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());

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
