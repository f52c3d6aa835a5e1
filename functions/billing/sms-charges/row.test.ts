import { expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import { amountOf, money } from '#schema/money.ts';
import type { SmsPrice } from '#schema/sms.ts';
import { balanceOf, usageOf } from '../schema/balance.ts';
import { creditRow, ledgerDayRow, usageRow } from '../charging/row.ts';
import { chargeSmsWrites, reserveSmsWrites, returnSmsWrites, wholesaleSmsWrites } from './row.ts';
import { accountOf, totalOf } from './sms-price.ts';

const running = testStore();

const profile = profileOf();
const period = '2026-11';
const date = { period, day: '2026-11-20' };
const price = (amount: string, included = 0): SmsPrice => ({
  currency: 'USD',
  rate: 10_000,
  amount: amountOf(amount),
  included,
  period,
  source: 'default',
  tariff: null,
});

let last = 6_000;
const credited = async (credits: number): Promise<number> => {
  last += 1;
  await commit(running.store, last, [overwrite(creditRow, { credits })]);
  return last;
};
const write = (organization: number, writes: readonly Write[]) => commit(running.store, organization, writes);
const partsOf = async (organization: number) =>
  (await tableFor<'balance'>(running.store, organization).query(creditRow, {})).items;
const usedOf = async (organization: number) =>
  (await tableFor<'usage'>(running.store, organization).get(usageRow, { period }))?.included_sms;
const reserve = async (organization: number, prices: readonly SmsPrice[], includedOf = 0) =>
  write(
    organization,
    reserveSmsWrites(accountOf(profile, await partsOf(organization)), totalOf(prices), { period, includedOf }),
  );

test('a reservation is charged with the sums of period and day, and nothing stays reserved', async () => {
  const organization = await credited(1_000_000);
  await reserve(organization, [price('0.04')]);
  expect(balanceOf(await partsOf(organization))).toMatchObject({ charges: 0n, reservations: 40_000n });
  await write(organization, chargeSmsWrites({ price: price('0.04'), segments: 4 }, date));
  expect(balanceOf(await partsOf(organization))).toEqual({ credits: 1_000_000n, charges: 40_000n, reservations: 0n });
  expect(usageOf(await partsOf(organization), period)).toEqual({ seconds: 0, sms: 4, charges: 40_000n });
  const days = await tableFor<'chargeday'>(running.store, organization).query(ledgerDayRow, {});
  expect(days.items).toEqual([{ day: '2026-11-20', shard: 0, charges: 40_000, sms: 4 }]);
});

test('what is returned can be reserved again', async () => {
  const organization = await credited(40_000);
  await reserve(organization, [price('0.04', 2)], 2);
  expect(await usedOf(organization)).toBe(2);
  await write(organization, returnSmsWrites([price('0.03', 1), price('0.01', 1)]));
  expect(balanceOf(await partsOf(organization))).toMatchObject({ charges: 0n, reservations: 0n });
  expect(await usedOf(organization)).toBe(0);
  await reserve(organization, [price('0.04')]);
});

test('nothing is reserved beyond what was read, nor included SMS beyond those of the tariff', async () => {
  const organization = await credited(50_000);
  const before = accountOf(profile, await partsOf(organization));
  await reserve(organization, [price('0.03', 3)], 5);
  const stale = (prices: readonly SmsPrice[], includedOf: number) =>
    write(organization, reserveSmsWrites(before, totalOf(prices), { period, includedOf }));
  await expect(stale([price('0.03')], 0)).rejects.toThrow('an item changed since it was read');
  await expect(stale([price('0', 3)], 5)).rejects.toThrow('an item changed since it was read');
  expect(balanceOf(await partsOf(organization))).toMatchObject({ reservations: 30_000n });
  expect(await usedOf(organization)).toBe(3);
});

test('the first reservation fixes the currency, and another currency is not mixed with it', async () => {
  const organization = await credited(50_000);
  await reserve(organization, [price('0.01')]);
  expect(await partsOf(organization)).toEqual([expect.objectContaining({ currency: 'USD', fixed: true })]);
  const other = accountOf({ ...profile, currency: 'EUR' }, [{ credits: 50_000 }]);
  const writes = reserveSmsWrites(other, { amount: money(1n), included: 0 }, { period, includedOf: 0 });
  await expect(write(organization, writes)).rejects.toThrow('an item changed since it was read');
});

test('a reseller is charged beside its customer, with its own included SMS', async () => {
  const [customer, reseller] = [await credited(0), await credited(0)];
  await write(
    customer,
    wholesaleSmsWrites(
      reseller,
      { price: price('0.02', 1), segments: 3 },
      { ...date, includedOf: 1, currencyFixed: false },
    ),
  );
  expect(usageOf(await partsOf(reseller), period)).toEqual({ seconds: 0, sms: 3, charges: 20_000n });
  expect(await usedOf(reseller)).toBe(1);
  expect(usageOf(await partsOf(customer), period)).toEqual({ seconds: 0, sms: 0, charges: 0n });
});
