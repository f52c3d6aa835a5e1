import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { numberOf } from '#test/support/resources.fixture.ts';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import type { ApiHandler } from '#http/serve.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { numberRow, type NumberItem } from '#dynamodb/rows/number.ts';
import { tableFor } from '#dynamodb/table.ts';
import { money } from '#schema/money.ts';
import { change, overwrite, remove } from '#dynamodb/write.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { tariffRow } from '../tariffs/row.ts';
import { tariffsHandler } from '../tariffs/handler.ts';
import { billingProfilesHandler } from './handler.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { creditRow } from '../charging/row.ts';

const running = testStore();
let tenants: Tenants;
let handler: ApiHandler;
let tariffs: ApiHandler;
let operator = '';
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  const dependencies = testDependencies(running.store, { clock: manualClock(noon.toISOString()) });
  handler = billingProfilesHandler(dependencies);
  tariffs = tariffsHandler(dependencies);
  operator = await tenants.join(1000, { user: { roles: ['operator'] } });
});

let last = 5000;
/** A customer of the operator, with a tariff. */
async function newCustomer(more: Parameters<typeof addAccount>[2] = {}) {
  last += 1;
  const organization = last;
  const token = await tenants.join(organization);
  await addAccount(running.store, organization, more);
  const params = { id: `org_${organization}` };
  return {
    organization,
    token,
    params,
    get: (as = operator) => call(handler, 'GET /billingprofile/{id}', { token: as, params }),
    put: (json: unknown, as = operator, through = handler) =>
      call(through, 'PUT /billingprofile/{id}', { token: as, params, json }),
  };
}

/** The handler with a store that runs an action before the first transaction. */
function interruptedBy(action: () => Promise<unknown>): ApiHandler {
  let due = true;
  const send = async (command: TransactWriteItemsCommand): Promise<unknown> => {
    if (due && command instanceof TransactWriteItemsCommand) {
      due = false;
      await action();
    }
    return running.store.client.send(command);
  };
  return billingProfilesHandler(
    testDependencies({ ...running.store, client: { send } }, { clock: manualClock(noon.toISOString()) }),
  );
}

const profileIn = ({ body }: Reply): Readonly<Record<string, unknown>> => body.data;

let made = 0;
/** The id of a new tariff of the operator. */
async function tariffOf(currency = 'USD', name = `Tariff ${(made += 1)}`): Promise<string> {
  const reply = await call(tariffs, 'PUT /tariffs/{id}', {
    token: operator,
    params: { id: 'new' },
    json: { name, currency, rates: [] },
  });
  return reply.body.data['id'] ?? '';
}

describe('GET /billingprofile', () => {
  test('shows the short form, and by id the tariff and the use of the period too', async () => {
    const customer = await newCustomer();
    await startIngestion(running.store).deliver({ m1: messageOf(customer.organization, [record('call-1')]) });
    const own = await call(handler, 'GET /billingprofile', { token: customer.token });
    expect(own).toMatchObject({
      status: 200,
      headers: { etag: '"1"' },
      body: {
        status: 'success',
        success: true,
        data: {
          organizationId: `org_${customer.organization}`,
          currentBalance: -0.0955,
          availableCredit: -0.0955,
          tariffPlan: `plan ${customer.organization}`,
        },
      },
    });
    expect(own.body.data).not.toHaveProperty('usageSummary');
    expect(profileIn(await customer.get())).toMatchObject({
      tariffPlanDetails: { id: `trf_${customer.organization}`, monthlyMinimum: 0 },
      outstandingInvoices: 0,
      usageSummary: {
        currentPeriodStart: '2026-11-01T00:00:00Z',
        currentPeriodEnd: '2026-11-30T23:59:59Z',
        minutesUsed: 5.7,
        smsUsed: 0,
        currentCharges: 0.0955,
      },
    });
    expect(profileIn(await customer.get(customer.token))).toMatchObject({
      organizationId: `org_${customer.organization}`,
    });
  });

  test('rejects an organization that the caller does not reach', async () => {
    const [one, other] = [await newCustomer(), await newCustomer()];
    expect(outcome(await one.get(other.token))).toBe('403 FORBIDDEN_ORG');
    expect(
      outcome(await call(handler, 'GET /billingprofile/{id}', { token: other.token, params: { id: '999999' } })),
    ).toBe('403 FORBIDDEN_ORG');
    expect(
      outcome(await call(handler, 'GET /billingprofile/{id}', { token: operator, params: { id: '999999' } })),
    ).toBe('404 NOT_FOUND');
    expect(outcome(await call(handler, 'GET /billingprofile/{id}', { token: operator, params: { id: 'acme' } }))).toBe(
      '400 INVALID_ID',
    );
  });

  test('is open to a suspended organization', async () => {
    last += 1;
    const token = await tenants.join(last, { organization: { status: 'suspended' } });
    expect(outcome(await call(handler, 'GET /billingprofile', { token }))).toBe('404 NOT_CONFIGURED');
    expect(outcome(await call(handler, 'GET /billingprofile/{id}', { token, params: { id: String(last) } }))).toBe(
      '403 ORG_SUSPENDED',
    );
  });
});

describe('PUT /billingprofile/{id}', () => {
  test('lets the seller change every field and returns the whole profile', async () => {
    const customer = await newCustomer();
    const reply = await customer.put({
      billingName: 'Acme Inc',
      creditLimit: '10000.00',
      billingAddress: { city: 'Boston' },
      rates: { defaultCallRate: 0.015 },
      billingDay: 15,
      paymentTerms: 'NET60',
      discounts: [{ type: 'loyalty', yearsActive: 2, percentage: 5 }],
    });
    expect(reply).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { success: true, message: 'Billing profile updated successfully' },
    });
    expect(profileIn(await customer.get())).toEqual(profileIn(reply));
    expect(profileIn(reply)).toMatchObject({
      billingName: 'Acme Inc',
      creditLimit: 10_000,
      availableCredit: 10_000,
      billingAddress: { city: 'Boston', street: null },
      rates: { defaultCallRate: 0.015 },
      billingDay: 15,
      paymentTerms: 'NET60',
      version: 2,
    });
    expect(profileIn(await customer.put({ billingAddress: { street: 'Main St' } }))).toMatchObject({
      billingAddress: { city: 'Boston', street: 'Main St' },
      version: 3,
    });
  });

  test('lets an organization change its own contact fields only', async () => {
    const customer = await newCustomer();
    expect(
      outcome(await customer.put({ taxId: 'US-1', billingContact: { phone: '+1 415-555 0100' } }, customer.token)),
    ).toBe('200');
    const rejected = await customer.put({ taxId: 'US-2', creditLimit: 1 }, customer.token);
    expect(outcome(rejected)).toBe('403 NOT_THE_SELLER');
    expect(rejected.body.error.details.map(({ path }) => path)).toEqual(['creditLimit']);
    expect(profileIn(await customer.get())).toMatchObject({
      taxId: 'US-1',
      billingContact: { phone: '+14155550100' },
      version: 2,
    });
  });

  test('lets the seller change how many minutes are reserved; a profile without the field has 240', async () => {
    const customer = await newCustomer();
    const former = change(billingProfileRow, {}, { clear: ['reservationMinutes'] });
    await commit(running.store, customer.organization, [former]);
    expect(profileIn(await customer.get())).toMatchObject({ reservationMinutes: 240 });
    expect(outcome(await customer.put({ reservationMinutes: 60 }, customer.token))).toBe('403 NOT_THE_SELLER');
    expect(profileIn(await customer.put({ reservationMinutes: 60 }))).toMatchObject({ reservationMinutes: 60 });
  });

  test('records an event with the changed fields', async () => {
    const customer = await newCustomer();
    await customer.put({ creditLimit: 5 });
    const { items } = await tableFor<'event'>(running.store, customer.organization).query(eventRow, {});
    expect(items).toMatchObject([
      {
        type: 'billingprofile.updated',
        entity: { type: 'billingprofile', id: `bp_${customer.organization}` },
        changes: { creditLimit: { old: 0, new: 5 } },
      },
    ]);
  });

  test('records a low balance once when the threshold rises above the balance', async () => {
    const customer = await newCustomer();
    const crossings = async () =>
      (await eventsOf(running.store, customer.organization))
        .map(({ type }) => type)
        .filter((type) => type.startsWith('balance.'));
    for (const lowBalanceThreshold of [-1, 5, 6])
      expect(outcome(await customer.put({ lowBalanceThreshold }, customer.token))).toBe('200');
    expect(await crossings()).toEqual(['balance.low']);
    for (const lowBalanceThreshold of [null, 5]) await customer.put({ lowBalanceThreshold }, customer.token);
    expect(await crossings()).toEqual(['balance.low', 'balance.low']);
  });

  test('rejects another version, after every other error', async () => {
    const customer = await newCustomer();
    await customer.put({ creditLimit: 5 });
    expect(outcome(await customer.put({ creditLimit: 6, version: 1 }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await customer.put({ creditLimit: -1, version: 1 }))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await customer.put({ tariffPlan: 'no such tariff', version: 1 }))).toBe('422 UNKNOWN_TARIFF');
    expect(outcome(await customer.put({ creditLimit: 6, version: 1 }, customer.token))).toBe('403 NOT_THE_SELLER');
  });

  test.each([
    [{ accountType: 'prepaid', creditLimit: 1 }, '422 VALIDATION_FAILED'],
    [{ billingDay: 31 }, '422 VALIDATION_FAILED'],
    [{ tariffPlan: 'no such tariff' }, '422 UNKNOWN_TARIFF'],
    [{ currency: 'EUR' }, '422 CURRENCY_MISMATCH'],
  ])('rejects %o with %s', async (json, expected) => {
    expect(outcome(await (await newCustomer()).put(json))).toBe(expected);
  });
});

describe('the tariff of a profile', () => {
  test('is found by id or by name and counts the profiles that use it', async () => {
    const customer = await newCustomer();
    const [one, other] = [await tariffOf('USD', 'By name'), await tariffOf()];
    const uses = async (id: string) => (await tableFor<'tariff'>(running.store, 1000).get(tariffRow, { id }))?.profiles;
    expect(profileIn(await customer.put({ tariffPlan: 'bY nAmE' }))).toMatchObject({
      tariffPlan: 'By name',
      tariffPlanDetails: { id: one },
    });
    expect([await uses(one), await uses(other)]).toEqual([1, 0]);
    await customer.put({ tariffPlan: other });
    await customer.put({ taxId: 'x' });
    expect([await uses(one), await uses(other)]).toEqual([0, 1]);
    expect(profileIn(await customer.put({ tariffPlan: null }))).toMatchObject({
      tariffPlan: null,
      tariffPlanDetails: null,
    });
    expect([await uses(one), await uses(other)]).toEqual([0, 0]);
  });

  test('is read again when its currency changes between the read and the write', async () => {
    const id = await tariffOf();
    const customer = await newCustomer({ profile: { tariffId: null } });
    const euro = () =>
      call(tariffs, 'PUT /tariffs/{id}', {
        token: operator,
        params: { id },
        json: { name: `Tariff ${(made += 1)}`, currency: 'EUR', rates: [] },
      });
    expect(outcome(await customer.put({ tariffPlan: id }, operator, interruptedBy(euro)))).toBe(
      '422 CURRENCY_MISMATCH',
    );
    expect(await tableFor<'tariff'>(running.store, 1000).get(tariffRow, { id })).toMatchObject({
      currency: 'EUR',
      profiles: 0,
    });
  });
});

describe('the currency', () => {
  test('may change until the first charge', async () => {
    const customer = await newCustomer({ profile: { tariffId: null } });
    expect(profileIn(await customer.put({ currency: 'eur' }))).toMatchObject({ currency: 'EUR' });
    await customer.put({ rates: { defaultCallRate: 1 } });
    await startIngestion(running.store).deliver({ m1: messageOf(customer.organization, [record('call-1')]) });
    expect(outcome(await customer.put({ currency: 'USD' }))).toBe('409 CURRENCY_LOCKED');
    expect(await tableFor<'balance'>(running.store, customer.organization).get(creditRow, {})).toMatchObject({
      currency: 'EUR',
      fixed: true,
    });
  });

  test('stays when the first charge comes between the read and the write', async () => {
    const customer = await newCustomer({ profile: { tariffId: null } });
    await customer.put({ rates: { defaultCallRate: 1 } });
    const charge = () =>
      startIngestion(running.store).deliver({ m1: messageOf(customer.organization, [record('call-1')]) });
    expect(outcome(await customer.put({ currency: 'EUR' }, operator, interruptedBy(charge)))).toBe(
      '409 CURRENCY_LOCKED',
    );
    expect(profileIn(await customer.get())).toMatchObject({ currency: 'USD', currentBalance: -5.7 });
  });
});

test('the currency does not change while the organization holds a number with a fee', async () => {
  const { organization, ...customer } = await newCustomer({ profile: { tariffId: null } });
  const number = (fee: number, state: 'active' | 'released'): NumberItem =>
    numberOf({ org_id: organization, state, monthly_fee: money(BigInt(fee)) });
  const put = async (item: NumberItem) => commit(running.store, organization, [overwrite(numberRow, item)]);
  await put(number(1, 'active'));
  expect(outcome(await customer.put({ currency: 'EUR' }))).toBe('422 CURRENCY_MISMATCH');
  await put(number(1, 'released'));
  expect(outcome(await customer.put({ currency: 'EUR' }))).toBe('200');
  await put(number(0, 'active'));
  expect(outcome(await customer.put({ currency: 'GBP' }))).toBe('200');
});

test('an organization without a profile gets one by PUT, which must name the currency', async () => {
  const customer = await newCustomer();
  await commit(running.store, customer.organization, [remove(billingProfileRow, {})]);
  expect(outcome(await customer.get())).toBe('404 NOT_CONFIGURED');
  expect(outcome(await customer.put({ creditLimit: 5 }))).toBe('400 MISSING_FIELD');
  const reply = await customer.put({ creditLimit: 5, currency: 'USD' });
  expect(reply).toMatchObject({
    status: 201,
    body: { data: { creditLimit: 5, version: 1, billingName: `Organization ${customer.organization}` } },
  });
});
