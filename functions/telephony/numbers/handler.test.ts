import { beforeAll, describe, expect, test } from 'vitest';
import { manualClock, type ManualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { numberRow } from '#dynamodb/rows/number.ts';
import { tableFor } from '#dynamodb/table.ts';
import { money } from '#schema/money.ts';
import { balanceOf } from '../../billing/schema/balance.ts';
import { bookingId } from '../../billing/charging/booking.ts';
import { creditRow, ledgerRow } from '../../billing/charging/row.ts';
import { addAccount } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { numbersHandler } from './handler.ts';

/** Fees of activated numbers, on a real store. */

const running = testStore();
let tenants: Tenants;
let handler: ApiHandler;
let clock: ManualClock;
let operator: string;
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  clock = manualClock(noon.toISOString());
  handler = numbersHandler(testDependencies(running.store, { clock }));
  operator = await tenants.join(1000, { user: { roles: ['operator'] } });
  await addAccount(running.store, 1000, { type: 'operator' });
});

const put = (number: string, json: object, token: string) =>
  call(handler, 'PUT /numbers/{id}', { token, params: { id: number }, json });

let last = 8000;
/** An organization that may spend 100. */
async function account(more: Parameters<typeof addAccount>[2] = {}) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization);
  await addAccount(running.store, organization, {
    ...more,
    profile: { creditLimit: money(100_000_000n), ...more.profile },
  });
  return { organization, token };
}

let digits = 46_890_000;
/** A number of the inventory. @param monthly_fee of the operator's currency */
async function newOffer(monthly_fee = 3): Promise<string> {
  digits += 1;
  expect(
    outcome(await put(`+${digits}`, { state: 'available', country: 'SE', type: 'geographic', monthly_fee }, operator)),
  ).toBe('201');
  return `+${digits}`;
}

const entriesOf = async (organization: number) =>
  (await tableFor<'ledger'>(running.store, organization).query(ledgerRow, {})).items;
const creditsOf = async (organization: number) =>
  balanceOf((await tableFor<'balance'>(running.store, organization).query(creditRow, {})).items).credits;

describe('a number with a monthly fee', () => {
  test('charges its holder for the rest of the period when activated, once', async () => {
    const { organization, token } = await account();
    const number = await newOffer();
    const activated = await put(number, {}, token);
    expect(activated).toMatchObject({ status: 201, body: { data: { monthly_fee: 3 } } });
    // 10.5 of 30 days.
    const id = (await tableFor<'number'>(running.store, 0).get(numberRow, { number }))?.id ?? '';
    expect(await entriesOf(organization)).toMatchObject([
      {
        id: bookingId(organization, '2026-11', 'number', id),
        type: 'number',
        amount: -1_050_000,
        balance_after: -1_050_000,
        reference: number,
        period: '2026-11',
        currency: 'USD',
      },
    ]);
    await call(handler, 'DELETE /numbers/{id}', { token, params: { id: number } });
    expect([outcome(await put(number, {}, token)), outcome(await put(number, { label: 'again' }, token))]).toEqual([
      '201',
      '200',
    ]);
    expect([await creditsOf(organization), (await entriesOf(organization)).length]).toEqual([-1_050_000n, 1]);
  });

  test('charges the seller of its holder the same if that is a reseller', async () => {
    const reseller = await account({ type: 'reseller' });
    const { organization, token } = await account({ parent_id: reseller.organization });
    expect(outcome(await put(await newOffer(), {}, token))).toBe('201');
    expect([await creditsOf(organization), await creditsOf(reseller.organization), await creditsOf(1000)]).toEqual([
      -1_050_000n,
      -1_050_000n,
      0n,
    ]);
  });

  test('is not activated if the reseller above its holder is billed in another currency', async () => {
    const reseller = await account({ type: 'reseller', profile: { currency: 'EUR' } });
    const { organization, token } = await account({ parent_id: reseller.organization });
    expect(outcome(await put(await newOffer(), {}, token))).toBe('422 CURRENCY_MISMATCH');
    expect(outcome(await put(await newOffer(0), {}, token))).toBe('201');
    expect([await creditsOf(organization), await creditsOf(reseller.organization)]).toEqual([0n, 0n]);
  });

  test('charges the holder that the operator assigns it to; a free one charges nothing', async () => {
    const { organization, token } = await account();
    digits += 1;
    expect(
      outcome(
        await put(
          `+${digits}`,
          { country: 'SE', type: 'mobile', monthly_fee: 1, organization_id: organization },
          operator,
        ),
      ),
    ).toBe('201');
    expect(outcome(await put(await newOffer(0), {}, token))).toBe('201');
    expect(await creditsOf(organization)).toBe(-350_000n);
  });

  test.each([
    ['one hundredth too little', { creditLimit: money(1_049_900n) }, '402 INSUFFICIENT_CREDITS'],
    ['another currency', { currency: 'EUR' }, '422 CURRENCY_MISMATCH'],
    ['just enough', { creditLimit: money(1_050_000n), lowBalanceThreshold: money(0n) }, '201'],
  ])('is activated only with enough credit in the currency of the operator: with %s', async (_name, profile, code) => {
    const { organization, token } = await account({ profile });
    const number = await newOffer();
    expect(outcome(await put(number, {}, token))).toBe(code);
    const isActivated = code === '201';
    expect([
      (await entriesOf(organization)).length,
      (await eventsOf(running.store, organization)).map(({ type }) => type),
    ]).toEqual(
      isActivated ? [1, expect.arrayContaining(['number.activated', 'balance.low', 'balance.exhausted'])] : [0, []],
    );
    expect(outcome(await put(number, {}, (await account()).token))).toBe(isActivated ? '409 NUMBER_TAKEN' : '201');
  });
});
