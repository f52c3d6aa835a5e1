import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { manualClock, type ManualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { type Tenants, tenantsIn } from '#test/support/people.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { testStore, eventsOf } from '#test/support/store.fixture.ts';
import { day, hour, second } from '#schema/time.ts';
import type { ApiHandler } from '#http/serve.ts';
import { addAccount, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { billingProfilesHandler } from './handler.ts';

const running = testStore();
let tenants: Tenants;
let clock: ManualClock;
let handler: ApiHandler;
let operator = '';
beforeAll(async () => {
  tenants = await tenantsIn(running.store);
  clock = manualClock(noon.toISOString());
  handler = billingProfilesHandler(testDependencies(running.store, { clock }));
  operator = await tenants.join(1000, { user: { roles: ['operator'] } });
});

type Entry = {
  readonly id: string;
  readonly type: string;
  readonly amount: string;
  readonly balance_after: string;
  readonly reference: string;
};
type Ledger = {
  readonly data: readonly Entry[];
  readonly opening_balance: string;
  readonly closing_balance: string;
  readonly start: string;
  readonly end: string;
  readonly next_page_token: string;
  readonly charges: readonly {
    readonly day: string;
    readonly amount: string;
    readonly calls: number;
    readonly minutes: string;
  }[];
};

let last = 7000;
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
    credit: (json: unknown, as = operator) =>
      call(handler, 'POST /billingprofile/{id}/credit', { token: as, params, json }),
    ledger: async (query: Readonly<Record<string, string>> = {}, as = token) =>
      (await call(handler, 'GET /billingprofile/{id}/ledger', { token: as, params, query })).body as object as Ledger,
    balance: async () => Number((await call(handler, 'GET /billingprofile', { token })).body.data['currentBalance']),
    crossings: async () =>
      (await eventsOf(running.store, organization))
        .map(({ type }) => type)
        .filter((type) => type.startsWith('balance.')),
    charge: (calls: Readonly<Record<string, Record<string, unknown>>>) =>
      startIngestion(running.store, { clock: clock.now }).deliver({
        [Object.keys(calls).join()]: messageOf(
          organization,
          Object.entries(calls).map(([id, fields]) => record(id, fields)),
        ),
      }),
  };
}

/** Ten-thousandths. */
const units = (decimal: string): bigint => BigInt(decimal.replace('.', ''));
const sumOf = (amounts: readonly { readonly amount: string }[]): bigint =>
  amounts.reduce((sum, { amount }) => sum + units(amount), 0n);

describe('POST /billingprofile/{id}/credit', () => {
  test('adds to the balance and returns the balance before and after', async () => {
    const customer = await newCustomer();
    const reply = await customer.credit({ amount: '100', reference: 'bank-1', note: 'January', currency: 'usd' });
    expect(reply).toMatchObject({ status: 201, body: { success: true, message: 'Credit added successfully' } });
    expect(reply.body.data).toEqual({
      id: expect.stringMatching(/^led_/),
      org_id: `org_${customer.organization}`,
      type: 'payment',
      amount: '100.0000',
      currency: 'USD',
      balance_before: '0.0000',
      balance_after: '100.0000',
      reference: 'bank-1',
      note: 'January',
      created_at: noon.toISOString(),
    });
    expect((await customer.credit({ amount: -0.5, reference: 'fix-1', type: 'correction' })).body.data).toMatchObject({
      type: 'correction',
      amount: '-0.5000',
      balance_before: '100.0000',
      balance_after: '99.5000',
      note: null,
    });
    expect(await customer.balance()).toBe(99.5);
    expect(
      (await eventsOf(running.store, customer.organization)).map(({ type, data }) => [type, data['reference']]),
    ).toEqual([
      ['credit.added', 'bank-1'],
      ['credit.added', 'fix-1'],
    ]);
  });

  test('books a reference once, also when it is sent several times concurrently', async () => {
    const customer = await newCustomer();
    const first = await customer.credit({ amount: 5, reference: 'r' });
    const again = await customer.credit({ amount: '5.0000', reference: 'r' });
    expect([again.status, again.body.data]).toEqual([200, first.body.data]);
    expect(outcome(await customer.credit({ amount: 6, reference: 'r' }))).toBe('409 REFERENCE_CONFLICT');
    const both = await Promise.all([1, 2, 3].map(() => customer.credit({ amount: 7, reference: 's' })));
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 200, 201]);
    expect(await customer.balance()).toBe(12);
  });

  test('books concurrent credits one after the other, each on the balance after the one before', async () => {
    const customer = await newCustomer();
    await Promise.all(['a', 'b', 'c', 'd'].map((reference) => customer.credit({ amount: 1, reference })));
    const { data } = await customer.ledger();
    expect(data.map(({ balance_after }) => balance_after).toSorted()).toEqual(['1.0000', '2.0000', '3.0000', '4.0000']);
  });

  test.each([
    [{ reference: 'r' }, '400 MISSING_FIELD'],
    [{ amount: 1 }, '400 MISSING_FIELD'],
    [{ amount: 0, reference: 'r' }, '422 VALIDATION_FAILED'],
    [{ amount: -1, reference: 'r' }, '422 VALIDATION_FAILED'],
    [{ amount: 0, reference: 'r', type: 'correction' }, '422 VALIDATION_FAILED'],
    [{ amount: '0.00001', reference: 'r' }, '422 VALIDATION_FAILED'],
    [{ amount: 1, reference: '' }, '422 VALIDATION_FAILED'],
    [{ amount: 1, reference: 'x'.repeat(65) }, '422 VALIDATION_FAILED'],
    [{ amount: 1, reference: 'r', currency: 'EUR' }, '422 CURRENCY_MISMATCH'],
    [{ amount: 1, reference: 'r', type: 'minimum' }, '422 VALIDATION_FAILED'],
    [{ amount: '1000000000', reference: 'r' }, '422 VALIDATION_FAILED'],
  ])('rejects %o and leaves the balance unchanged', async (json, expected) => {
    const customer = await newCustomer();
    expect(outcome(await customer.credit(json))).toBe(expected);
    expect(await customer.balance()).toBe(0);
    expect((await customer.ledger()).data).toEqual([]);
  });

  test('is for the seller only', async () => {
    const reseller = await newCustomer({ type: 'reseller' });
    const child = await newCustomer({ parent_id: reseller.organization });
    const seller = await tenants.join(reseller.organization, {
      organization: { type: 'reseller' },
      user: { roles: ['reseller'] },
    });
    expect(outcome(await child.credit({ amount: 1, reference: 'own' }, child.token))).toBe('403 NOT_THE_SELLER');
    expect(outcome(await reseller.credit({ amount: 1, reference: 'own' }, seller))).toBe('403 NOT_THE_SELLER');
    expect(outcome(await child.credit({ amount: 1, reference: 'theirs' }, (await newCustomer()).token))).toBe(
      '403 FORBIDDEN_ORG',
    );
    expect(await child.balance()).toBe(0);
  });

  test('fixes the currency', async () => {
    const customer = await newCustomer({ profile: { tariffId: null } });
    await customer.credit({ amount: 1, reference: 'r' });
    expect(
      outcome(
        await call(handler, 'PUT /billingprofile/{id}', {
          token: operator,
          params: customer.params,
          json: { currency: 'EUR' },
        }),
      ),
    ).toBe('409 CURRENCY_LOCKED');
  });
});

describe('a falling balance', () => {
  test('is recorded once as low and once as exhausted, and again after it has risen', async () => {
    const customer = await newCustomer({ profile: { lowBalanceThreshold: 50_000n as never, accountType: 'prepaid' } });
    await customer.credit({ amount: '0.2', reference: 'a' });
    await customer.charge({ one: {} });
    expect(await customer.crossings()).toEqual([]);
    await customer.charge({ two: {} });
    await customer.charge({ three: {} });
    await customer.charge({ four: {} });
    expect((await customer.crossings()).toSorted()).toEqual(['balance.exhausted', 'balance.low']);
    await customer.credit({ amount: 1, reference: 'b' });
    await customer.credit({ amount: '-0.9', reference: 'c', type: 'correction' });
    expect((await customer.crossings()).toSorted()).toEqual([
      'balance.exhausted',
      'balance.exhausted',
      'balance.low',
      'balance.low',
    ]);
  });
});

describe('GET /billingprofile/{id}/ledger', () => {
  test('lists entries newest first, the charges of each day, and the balances', async () => {
    const customer = await newCustomer();
    await customer.credit({ amount: 10, reference: 'a' });
    await customer.charge({
      one: {},
      two: {},
      three: { start_time: '2026-11-14T23:59:59Z', end_time: '2026-11-15T00:00:59Z' },
      free: { disposition: 'BUSY' },
    });
    clock.advance(1);
    await customer.credit({ amount: -1, reference: 'b', type: 'correction' });
    const ledger = await customer.ledger();
    expect(ledger.data.map(({ reference, amount, balance_after }) => [reference, amount, balance_after])).toEqual([
      ['b', '-1.0000', '8.7840'],
      ['a', '10.0000', '10.0000'],
    ]);
    expect(ledger.data[0]).toEqual({
      id: expect.stringMatching(/^led_/),
      type: 'correction',
      amount: '-1.0000',
      currency: 'USD',
      balance_after: '8.7840',
      reference: 'b',
      period: null,
      note: null,
      created_at: expect.any(String),
    });
    expect(ledger).toMatchObject({
      start: '2026-11-01',
      end: '2026-11-20',
      currency: 'USD',
      opening_balance: '0.0000',
      closing_balance: '8.7840',
      total: 2,
      charges: [
        { day: '2026-11-14', amount: '-0.0250', calls: 1, minutes: '1.0000' },
        { day: '2026-11-15', amount: '-0.1910', calls: 3, minutes: '11.4000' },
      ],
    });
    expect((await customer.ledger({ type: 'payment' })).data.map(({ reference }) => reference)).toEqual(['a']);
    expect(await customer.ledger({ start: '2026-11-15', end: '2026-11-15' })).toMatchObject({
      data: [],
      opening_balance: '-0.0250',
      closing_balance: '-0.2160',
    });
    expect(await customer.ledger({ start: '2026-11-14T00:00:00Z', end: '2026-11-15T00:00:00Z' })).toMatchObject({
      start: '2026-11-14',
      end: '2026-11-14',
      closing_balance: '-0.0250',
    });
  });

  test('returns pages', async () => {
    const customer = await newCustomer();
    for (const reference of ['a', 'b', 'c']) await customer.credit({ amount: 1, reference });
    const first = await customer.ledger({ limit: '2' });
    const second = await customer.ledger({ limit: '2', page_token: first.next_page_token });
    expect([...first.data, ...second.data].map(({ reference }) => reference)).toEqual(['c', 'b', 'a']);
  });

  test.each([
    [{ start: '2025-11-01', end: '2026-11-20' }],
    [{ start: '2026-11-20', end: '2026-11-01' }],
    [{ start: 'yesterday' }],
    [{ type: 'gift' }],
  ])('rejects %o', async (query) => {
    const customer = await newCustomer();
    expect(
      outcome(
        await call(handler, 'GET /billingprofile/{id}/ledger', {
          token: customer.token,
          params: customer.params,
          query,
        }),
      ),
    ).toBe('400 INVALID_PARAMETER');
  });

  test('rejects another tenant and its page tokens', async () => {
    const [one, other] = [await newCustomer(), await newCustomer()];
    for (const reference of ['a', 'b']) await one.credit({ amount: 1, reference });
    const { next_page_token: page_token } = await one.ledger({ limit: '1' });
    const asOther = (params: { readonly id: string }, query = {}) =>
      call(handler, 'GET /billingprofile/{id}/ledger', { token: other.token, params, query });
    expect(outcome(await asOther(one.params))).toBe('403 FORBIDDEN_ORG');
    expect(outcome(await asOther(other.params, { page_token }))).toBe('400 INVALID_PAGE_TOKEN');
    expect((await other.ledger()).data).toEqual([]);
  });
});

describe('after any history', () => {
  const anyStep = fc.oneof(
    fc.record({
      kind: fc.constant('credit' as const),
      amount: fc.integer({ min: -50_000, max: 100_000 }).filter((amount) => amount !== 0),
    }),
    fc.record({
      kind: fc.constant('calls' as const),
      daysAgo: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 4 }),
      seconds: fc.integer({ min: 0, max: 900 }),
    }),
    fc.record({ kind: fc.constant('replaced' as const), seconds: fc.integer({ min: 1, max: 900 }) }),
    fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 9 }) }),
  );
  const anyDay = fc
    .integer({ min: 0, max: 150 })
    .map((days) => new Date(noon.getTime() - days * day).toISOString().slice(0, 10));
  const ranges = fc.array(
    fc
      .tuple(anyDay, anyDay)
      .map(([one, other]) => (one < other ? { start: one, end: other } : { start: other, end: one })),
    { minLength: 3, maxLength: 3 },
  );

  let made = 0;
  const at = (daysAgo: number, seconds: number) => {
    const start = clock.now().getTime() - daysAgo * day - hour;
    return { start_time: new Date(start).toISOString(), end_time: new Date(start + seconds * 1_000).toISOString() };
  };

  async function applyStep(
    customer: Awaited<ReturnType<typeof newCustomer>>,
    step: typeof anyStep extends fc.Arbitrary<infer S> ? S : never,
  ): Promise<void> {
    made += 1;
    switch (step.kind) {
      case 'wait':
        clock.advance(step.days * (day / second));
        return;
      case 'credit':
        await customer.credit({ amount: step.amount / 10_000, reference: `r${made}`, type: 'correction' });
        return;
      case 'calls':
        await customer.charge(
          Object.fromEntries(step.daysAgo.map((days, position) => [`c${made}-${position}`, at(days, step.seconds)])),
        );
        return;
      case 'replaced': {
        const bodies = [
          messageOf(customer.organization, [record(`c${made}`, at(2, 60))], { origin: 'tenant' }),
          messageOf(customer.organization, [record(`c${made}`, at(3, step.seconds))]),
        ];
        for (const [position, body] of bodies.entries())
          await startIngestion(running.store, { clock: clock.now }).deliver({ [`m${made}-${position}`]: body });
      }
    }
  }

  test('opening balance plus entries plus charges is the closing balance, over any range of days', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 10 }), ranges, async (history, asked) => {
        const customer = await newCustomer();
        // The history must end before the sessions of the test expire.
        clock.advance((noon.getTime() - clock.now().getTime()) / 1_000 - 100 * (day / second));
        for (const step of history) await applyStep(customer, step);
        const today = clock.now().toISOString().slice(0, 10);
        for (const query of [...asked, { start: `${Number(today.slice(0, 4)) - 1}${today.slice(4)}`, end: today }]) {
          const ledger = await customer.ledger({ ...query, limit: '500' });
          expect(units(ledger.opening_balance) + sumOf(ledger.data) + sumOf(ledger.charges)).toBe(
            units(ledger.closing_balance),
          );
          if (query.end === today) expect(Number(ledger.closing_balance)).toBe(await customer.balance());
        }
      }),
      { numRuns: 12 },
    );
    clock.advance((noon.getTime() - clock.now().getTime()) / 1_000);
  });
});

describe('GET /billing-accounts', () => {
  type Account = { readonly customer_id: string; readonly type: string; readonly balance: number };
  const accounts = async (token: string, query = {}) =>
    (await call(handler, 'GET /billing-accounts', { token, query })).body as object as {
      readonly result: readonly Account[];
      readonly next_page_token: string;
    };

  test('lists the own account, then those in reach', async () => {
    const reseller = await newCustomer({ type: 'reseller' });
    const children = [
      await newCustomer({ parent_id: reseller.organization }),
      await newCustomer({ parent_id: reseller.organization }),
    ];
    const seller = await tenants.join(reseller.organization, {
      organization: { type: 'reseller' },
      user: { roles: ['reseller'] },
    });
    for (const child of children)
      await call(handler, 'PUT /billingprofile/{id}', {
        token: seller,
        params: child.params,
        json: { billingName: 'Child' },
      });
    await children[0]?.credit({ amount: 3, reference: 'r' }, seller);
    const { result } = await accounts(seller);
    expect(result.map(({ customer_id, balance }) => [customer_id, balance])).toEqual([
      [`org_${reseller.organization}`, 0],
      [`org_${children[0]?.organization}`, 3],
      [`org_${children[1]?.organization}`, 0],
    ]);
    const paged = await accounts(seller, { limit: '1' });
    expect(
      (await accounts(seller, { limit: '1', page_token: paged.next_page_token })).result.map(
        ({ customer_id }) => customer_id,
      ),
    ).toEqual([`org_${children[0]?.organization}`]);
    expect((await accounts(children[0]?.token ?? '')).result).toMatchObject([
      {
        id: `bp_${children[0]?.organization}`,
        customer_id: `org_${children[0]?.organization}`,
        name: 'Child',
        detail: '',
        type: 'normal',
        balance: 3,
        credit_limit: 0,
        available: 3,
        currency: 'USD',
        payment_type: 'postpaid',
        payment_method: 'invoice',
        tm_delete: null,
      },
    ]);
    expect((await accounts(operator, { limit: '500' })).result.map(({ customer_id }) => customer_id)).toContain(
      `org_${children[1]?.organization}`,
    );
  });
});
