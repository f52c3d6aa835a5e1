import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { profileOf } from '../billing-profiles/billing-profile.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { manualClock, noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { call, outcome, type Reply } from '#test/support/requests.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, overwrite } from '#dynamodb/write.ts';
import { billingProfileRow } from '../rows/billing-profile.ts';
import { tariffsHandler } from './handler.ts';
import { ratesIn, tariffNameRow, tariffPartRow, tariffRow } from './row.ts';

const service = startService(tariffsHandler);

let last = 4000;
/** A reseller without tariffs. */
async function newSeller(type: 'reseller' | 'customer' = 'reseller') {
  last += 1;
  const organization = last;
  const token = await service.tenants.join(organization, { organization: { type } });
  const table = tableFor<'tariff' | 'tariff-name' | 'tariffchunk' | 'event'>(service.store, organization);
  return {
    organization,
    token,
    table,
    put: (id: string, json: unknown, headers = {}) =>
      call(service.handler, 'PUT /tariffs/{id}', { token, params: { id }, json, headers }),
  };
}

const idOf = ({ body }: Reply): string => body.data['id'] ?? '';
const plan = (more: Readonly<Record<string, unknown>> = {}) => ({
  name: 'Plan',
  currency: 'USD',
  rates: [{ prefix: '1', price_per_minute: 0.015 }],
  ...more,
});

const ratesOf = async ({ table }: Awaited<ReturnType<typeof newSeller>>, tariff: string, version: number) =>
  (await table.query(tariffPartRow, { tariff, version }, { order: 'asc' })).items.flatMap(ratesIn);

describe('POST /tariffs/{id}/rates', () => {
  const change = (seller: Awaited<ReturnType<typeof newSeller>>, id: string, json: object, headers = {}) =>
    call(service.handler, 'POST /tariffs/{id}/rates', { token: seller.token, params: { id }, json, headers });

  test('a price list of 60,000 full rates is sent in pages, as none of a body would hold it', async () => {
    const seller = await newSeller();
    const rates = Array.from({ length: 60_000 }, (_item, at) => ({
      ...{ prefix: String(100_000 + at), name: `Place ${at * 7_919} mobile`, direction: 'outbound' },
      ...{ price_per_minute: (at / 1_000_000).toFixed(6), connect_fee: '0.0100', minimum_charge: '0.0500' },
      ...{ initial_seconds: 60, increment_seconds: 6, included: true, time_bands: [] },
      ...{ valid_from: '2026-01-01T00:00:00.000Z', valid_to: '2027-01-01T00:00:00.000Z' },
    }));
    const page = 12_000;
    expect(JSON.stringify({ rates }).length).toBeGreaterThan(3 * 4_194_304);
    const id = idOf(await seller.put('new', plan({ rates: rates.slice(0, page) })));
    for (let at = page; at < rates.length; at += page)
      expect(outcome(await change(seller, id, { rates: rates.slice(at, at + page) }))).toBe('200');
    const stored = await ratesOf(seller, id, 5);
    expect(stored.map(({ prefix }) => prefix)).toEqual(rates.map(({ prefix }) => prefix));
    expect(stored.at(-1)).toEqual(rates.at(-1));
  });

  test('replaces and removes rates; the others stay, and the version before, too', async () => {
    const seller = await newSeller();
    const rates = ['1', '44', '447'].map((prefix) => ({ prefix, price_per_minute: '0.010000' }));
    const id = idOf(await seller.put('new', plan({ rates })));
    const changes = { rates: [{ prefix: '44', price_per_minute: 0.02 }], remove: [{ prefix: '447' }] };
    const reply = await change(seller, id, changes, { 'if-match': '"1"' });
    expect(reply).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { data: { version: 2, rate_count: 2 } },
    });
    const pricesOf = async (version: number) =>
      (await ratesOf(seller, id, version)).map(({ prefix, price_per_minute: price }) => `${prefix} ${price}`);
    expect(await pricesOf(2)).toEqual(['1 0.010000', '44 0.020000']);
    expect(await pricesOf(1)).toHaveLength(3);
    expect(outcome(await change(seller, id, changes, { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await change(await newSeller(), id, changes))).toBe('404 NOT_FOUND');
    expect(outcome(await change(await newSeller('customer'), id, changes))).toBe('403 NOT_A_SELLER');
  });

  test('rejects a change of nothing, an unknown rate, a rate twice, and a prefix with an access code', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    const reject = async (json: object) => {
      const { status, body } = await change(seller, id, json);
      const { code, details } = body.error as { code: string; details: { path: string }[] };
      return [status, code, ...details.map(({ path }) => path)].join(' ');
    };
    const rate = { prefix: '44', price_per_minute: 1 };
    expect(await reject({})).toBe('422 VALIDATION_FAILED rates');
    expect(await reject({ remove: [{ prefix: '1' }, { prefix: '1' }] })).toBe('422 VALIDATION_FAILED remove[1]');
    expect(await reject({ remove: [{ prefix: '1', direction: 'inbound' }] })).toBe('422 VALIDATION_FAILED remove[0]');
    expect(await reject({ rates: [rate, rate] })).toBe('422 DUPLICATE_RATE rates[1]');
    expect(await reject({ rates: [rate, { ...rate, prefix: '0044' }] })).toBe('422 VALIDATION_FAILED rates[1].prefix');
  });
});

describe('PUT /tariffs/{id}', () => {
  test('creates a tariff with its rates, and returns it without them', async () => {
    const seller = await newSeller();
    const reply = await seller.put(
      'new',
      plan({
        description: 'for all',
        rates: [
          { prefix: '44', price_per_minute: '0.02' },
          { prefix: '1', price_per_minute: 0.015 },
        ],
      }),
    );
    expect(reply).toMatchObject({
      status: 201,
      headers: { etag: '"1"' },
      body: { success: true, message: 'Tariff created successfully' },
    });
    expect(reply.body.data).toEqual({
      id: expect.stringMatching(/^trf_/),
      org_id: `org_${seller.organization}`,
      name: 'Plan',
      description: 'for all',
      kind: 'sell',
      currency: 'USD',
      timezone: 'UTC',
      monthly_minimum: '0.0000',
      included_minutes: 0,
      included_sms: 0,
      sms_rates: [],
      services: [],
      trunk_ids: [],
      rate_count: 2,
      profiles: 0,
      version: 1,
      created_at: noon.toISOString(),
      updated_at: noon.toISOString(),
    });
    expect(
      (await ratesOf(seller, idOf(reply), 1)).map(({ prefix, price_per_minute }) => [prefix, price_per_minute]),
    ).toEqual([
      ['1', '0.015000'],
      ['44', '0.020000'],
    ]);
  });

  test('replaces the tariff by a whole version and leaves the version before unchanged', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    const reply = await seller.put(id, plan({ name: 'Plan B', rates: [{ prefix: '1', price_per_minute: 0.02 }] }));
    expect(reply).toMatchObject({
      status: 200,
      headers: { etag: '"2"' },
      body: { data: { id, name: 'Plan B', version: 2, rate_count: 1 } },
    });
    expect(
      (await Promise.all([1, 2].map((version) => ratesOf(seller, id, version)))).map(
        ([rate]) => rate?.price_per_minute,
      ),
    ).toEqual(['0.015000', '0.020000']);
    expect(
      (await seller.table.query(tariffPartRow, { tariff: id, version: 1 }, { order: 'asc' })).items[0]?.as?.name,
    ).toBe('Plan');
    expect(await seller.table.get(tariffNameRow, { name: 'plan' })).toBeUndefined();
  });

  test('a body without rates keeps those of the tariff in its next version', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    const reply = await seller.put(id, { name: 'Plan', currency: 'USD', description: 'changed' });
    expect(reply).toMatchObject({ status: 200, body: { data: { description: 'changed', version: 2, rate_count: 1 } } });
    expect(reply.body.data).not.toHaveProperty('confirm_removal');
    expect(await ratesOf(seller, id, 2)).toEqual(await ratesOf(seller, id, 1));
    expect(await seller.put(id, plan({ rates: [] }))).toMatchObject({ body: { data: { rate_count: 0 } } });
  });

  test('a body that lacks most of 500 rates names the version that it is based on, or means it', async () => {
    const seller = await newSeller();
    const rates = Array.from({ length: 500 }, (_item, at) => ({ prefix: String(1_000 + at), price_per_minute: 0.01 }));
    const id = idOf(await seller.put('new', plan({ rates })));
    const page = plan({ rates: rates.slice(0, 100) });
    const rejected = await seller.put(id, page);
    expect(outcome(rejected)).toBe('409 REMOVES_MANY');
    expect(JSON.stringify(rejected.body)).toContain('400 of 500 rates');
    expect(await seller.put(id, plan({ rates: rates.slice(0, 450) }))).toMatchObject({ status: 200 });
    expect(await seller.put(id, plan({ rates }))).toMatchObject({ body: { data: { rate_count: 500 } } });
    expect(await seller.put(id, page, { 'if-match': '"3"' })).toMatchObject({ body: { data: { rate_count: 100 } } });
    expect(await seller.put(id, plan({ rates: [], confirm_removal: true }))).toMatchObject({
      body: { data: { version: 5, rate_count: 0 } },
    });
  });

  test('writes 20,000 rates in one transaction', async () => {
    const seller = await newSeller();
    const rates = Array.from({ length: 20_000 }, (_item, at) => ({
      prefix: String(100_000 + at),
      name: `place ${at * 7_919}`,
      price_per_minute: at / 1_000,
    }));
    const id = idOf(await seller.put('new', plan({ rates })));
    expect(await ratesOf(seller, id, 1)).toHaveLength(20_000);
  });

  test('keeps 2,000 prices of SMS, and none once a version has none', async () => {
    const seller = await newSeller();
    const sms_rates = Array.from({ length: 2_000 }, (_rate, at) => ({ prefix: String(1_000 + at), price: 0.01 }));
    const id = idOf(await seller.put('new', plan({ included_sms: 100, sms_rates })));
    const shown = async () => (await seller.table.get(tariffRow, { id }))?.sms_rates;
    expect(await shown()).toHaveLength(2_000);
    await seller.put(id, plan({ sms_rates: [{ prefix: '44', price: '0.02' }], confirm_removal: true }));
    expect(await shown()).toEqual([{ prefix: '44', price: '0.020000' }]);
    await seller.put(id, plan());
    expect(await shown()).toEqual([]);
  });

  test('rejects a name that another tariff has, whatever its case', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    expect(outcome(await seller.put('new', plan({ name: 'pLaN' })))).toBe('409 NAME_TAKEN');
    expect(outcome(await seller.put(id, plan({ name: 'PLAN' })))).toBe('200');
    expect(outcome(await (await newSeller()).put('new', plan()))).toBe('201');
  });

  test('records events without the rates', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    await seller.put(id, plan({ description: 'new' }));
    const { items } = await seller.table.query(eventRow, {}, { order: 'asc' });
    expect(items.map(({ type, entity, changes }) => ({ type, entity, changes }))).toEqual([
      { type: 'tariff.created', entity: { type: 'tariff', id }, changes: null },
      { type: 'tariff.updated', entity: { type: 'tariff', id }, changes: { description: { old: null, new: 'new' } } },
    ]);
  });
});

describe('PUT /tariffs/{id} rejects', () => {
  test.each([
    ['new', plan({ currency: undefined }), '400 MISSING_FIELD'],
    [
      'new',
      plan({
        rates: [
          { prefix: '1', price_per_minute: 1 },
          { prefix: '1', price_per_minute: 2 },
        ],
      }),
      '422 DUPLICATE_RATE',
    ],
    ['new', plan({ kind: 'cost', trunk_ids: ['trunk_1'] }), '422 VALIDATION_FAILED'],
    ['new', plan({ trunk_ids: ['trunk_1'] }), '422 VALIDATION_FAILED'],
    ['new', plan({ timezone: 'Moon/Sea' }), '422 VALIDATION_FAILED'],
    ['trf_unknown', plan(), '404 NOT_FOUND'],
    ['nonsense', plan(), '400 INVALID_ID'],
  ])('%s with body %# by %s', async (id, json, expected) => {
    expect(outcome(await (await newSeller()).put(id, json))).toBe(expected);
  });

  test('a customer, which has no tariffs', async () => {
    expect(outcome(await (await newSeller('customer')).put('new', plan()))).toBe('403 NOT_A_SELLER');
  });

  test('another version, after every other error', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    await seller.put(id, plan());
    expect(outcome(await seller.put(id, plan(), { 'if-match': '"1"' }))).toBe('409 VERSION_CONFLICT');
    expect(outcome(await seller.put(id, plan({ version: 1 })))).toBe('409 VERSION_CONFLICT');
    for (const wrong of [{ name: '' }, { kind: 'cost' }])
      expect(outcome(await seller.put(id, plan({ version: 1, ...wrong })))).toBe('422 VALIDATION_FAILED');
  });

  test('the 101st tariff', async () => {
    const seller = await newSeller();
    await seller.put('new', plan());
    await commit(service.store, seller.organization, [
      change({ entity: 'count', scope: 'organization', sort: () => 'tariffs' }, {}, { set: { value: 100 } }),
    ]);
    expect(outcome(await seller.put('new', plan({ name: 'One more' })))).toBe('422 LIMIT_EXCEEDED');
  });

  test('another currency while a profile uses the tariff', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    expect(outcome(await seller.put(id, plan({ currency: 'EUR' })))).toBe('200');
    await commit(service.store, seller.organization, [change(tariffRow, { id }, { add: { profiles: 1 } })]);
    expect(outcome(await seller.put(id, plan({ currency: 'USD' })))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await seller.put(id, plan({ currency: 'EUR', description: 'same' })))).toBe('200');
    expect(await seller.table.get(tariffRow, { id })).toMatchObject({ profiles: 1, version: 3, currency: 'EUR' });
  });
});

test('the currency stays when a profile begins to use the tariff between the read and the write', async () => {
  const seller = await newSeller();
  const id = idOf(await seller.put('new', plan()));
  let due = true;
  const send = async (command: TransactWriteItemsCommand): Promise<unknown> => {
    if (due && command instanceof TransactWriteItemsCommand) {
      due = false;
      await commit(service.store, seller.organization, [change(tariffRow, { id }, { add: { profiles: 1 } })]);
    }
    return service.store.client.send(command);
  };
  const interrupted = tariffsHandler(
    testDependencies({ ...service.store, client: { send } }, { clock: manualClock(noon.toISOString()) }),
  );
  expect(
    outcome(
      await call(interrupted, 'PUT /tariffs/{id}', {
        token: seller.token,
        params: { id },
        json: plan({ currency: 'EUR' }),
      }),
    ),
  ).toBe('422 VALIDATION_FAILED');
  expect(await seller.table.get(tariffRow, { id })).toMatchObject({ currency: 'USD', profiles: 1, version: 1 });
});

test('each of several concurrent replacements creates a version of its own', async () => {
  const seller = await newSeller();
  const id = idOf(await seller.put('new', plan()));
  const replies = await Promise.all(
    [1, 2, 3].map((price) => seller.put(id, plan({ rates: [{ prefix: '1', price_per_minute: price }] }))),
  );
  expect(replies.map(outcome)).toEqual(['200', '200', '200']);
  const versions = replies.map(({ body }) => Number(body.data['version']));
  expect(versions.toSorted()).toEqual([2, 3, 4]);
  const prices = await Promise.all(
    versions.map(async (version) => (await ratesOf(seller, id, version))[0]?.price_per_minute),
  );
  expect(prices).toEqual(['1.000000', '2.000000', '3.000000']);
});

type Request = {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
};
const ask = (route: string, token: string, more: Request = {}) => call(service.handler, route, { token, ...more });
const listedNames = ({ body }: { readonly body: object }): string[] =>
  (body as { readonly data: readonly { readonly name: string }[] }).data.map(({ name }) => name);

describe('GET /tariffs', () => {
  test('lists by name, without rates, filtered by kind and by a part of the name', async () => {
    const seller = await newSeller();
    for (const name of ['beta', 'Alpha', 'gamma']) await seller.put('new', plan({ name }));
    const list = async (query = {}) => listedNames(await ask('GET /tariffs', seller.token, { query }));
    expect(await list()).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await list({ q: 'MM' })).toEqual(['gamma']);
    expect(await list({ kind: 'cost' })).toEqual([]);
    expect(await list({ limit: '2' })).toEqual(['Alpha', 'beta']);
  });

  test('shows a tariff to the organization that is charged by it, and to no other', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    const child = 100_000 + seller.organization;
    const token = await service.tenants.join(child, { organization: { parent_id: seller.organization } });
    await commit(service.store, child, [
      overwrite(billingProfileRow, {
        ...profileOf({ organization: child, tariffId: id }),
        parent: seller.organization,
      }),
    ]);
    expect(await ask('GET /tariffs/{id}', token, { params: { id } })).toMatchObject({
      status: 200,
      body: { data: { id, org_id: `org_${seller.organization}`, profiles: null, rates: [{ prefix: '1' }] } },
    });
    expect(listedNames(await ask('GET /tariffs', token))).toEqual(['Plan']);
    const other = idOf(await seller.put('new', plan({ name: 'Other' })));
    expect(outcome(await ask('GET /tariffs/{id}', token, { params: { id: other } }))).toBe('404 NOT_FOUND');
    expect(outcome(await ask('GET /tariffs/{id}', (await newSeller()).token, { params: { id } }))).toBe(
      '404 NOT_FOUND',
    );
    expect(outcome(await ask('DELETE /tariffs/{id}', token, { params: { id } }))).toBe('404 NOT_FOUND');
  });

  test('returns pages of rates by prefix, also of an older version', async () => {
    const seller = await newSeller();
    const rates = ['44', '1', '4420', '49', ''].map((prefix) => ({ prefix, price_per_minute: 0.01 }));
    const id = idOf(await seller.put('new', plan({ rates })));
    await seller.put(id, plan({ rates: [{ prefix: '7', price_per_minute: 1 }] }));
    const get = async (query = {}) =>
      (await ask('GET /tariffs/{id}', seller.token, { params: { id }, query })).body.data as object as {
        readonly rates: readonly { readonly prefix: string }[];
        readonly next_page_token: string;
        readonly version: number;
      };
    const prefixes = async (query = {}) => (await get(query)).rates.map(({ prefix }) => prefix);
    expect(await get()).toMatchObject({ version: 2, rates: [{ prefix: '7' }], next_page_token: '' });
    expect(await prefixes({ version: '1' })).toEqual(['', '1', '44', '4420', '49']);
    expect(await prefixes({ version: '1', prefix: '44' })).toEqual(['44', '4420']);
    const first = await get({ version: '1', limit: '3' });
    expect([
      ...first.rates.map(({ prefix }) => prefix),
      ...(await prefixes({ version: '1', limit: '3', page_token: first.next_page_token })),
    ]).toEqual(['', '1', '44', '4420', '49']);
    expect(outcome(await ask('GET /tariffs/{id}', seller.token, { params: { id }, query: { version: '3' } }))).toBe(
      '404 NOT_FOUND',
    );
    expect(outcome(await ask('GET /tariffs/{id}', seller.token, { params: { id }, query: { limit: '2001' } }))).toBe(
      '400 INVALID_PARAMETER',
    );
  });
});

describe('DELETE /tariffs/{id}', () => {
  test('rejects a tariff in use and names its users; otherwise frees the name and keeps the versions', async () => {
    const seller = await newSeller();
    const id = idOf(await seller.put('new', plan()));
    const child = 200_000 + seller.organization;
    await commit(service.store, child, [
      overwrite(billingProfileRow, {
        ...profileOf({ organization: child, tariffId: id }),
        parent: seller.organization,
      }),
    ]);
    const count = (profiles: number) =>
      commit(service.store, seller.organization, [change(tariffRow, { id }, { add: { profiles } })]);
    await count(1);
    expect(await ask('GET /tariffs/{id}', seller.token, { params: { id } })).toMatchObject({
      body: { data: { profiles: 1 } },
    });
    const rejected = await ask('DELETE /tariffs/{id}', seller.token, { params: { id } });
    expect([outcome(rejected), rejected.body.error.details.map(({ path }) => path)]).toEqual([
      '409 TARIFF_IN_USE',
      [`org_${child}`],
    ]);
    await count(-1);
    expect(await ask('DELETE /tariffs/{id}', seller.token, { params: { id } })).toMatchObject({
      status: 200,
      body: { message: 'Tariff deleted successfully', data: { id } },
    });
    expect(outcome(await ask('GET /tariffs/{id}', seller.token, { params: { id } }))).toBe('404 NOT_FOUND');
    expect(await ratesOf(seller, id, 1)).toHaveLength(1);
    expect(outcome(await seller.put('new', plan()))).toBe('201');
  });
});

describe('a cost tariff', () => {
  test('prices trunks that no other cost tariff prices', async () => {
    const operator = await service.tenants.join(1000, { user: { roles: ['operator'] } });
    const put = (id: string, more: Readonly<Record<string, unknown>>) =>
      ask('PUT /tariffs/{id}', operator, { params: { id }, json: plan({ kind: 'cost', ...more }) });
    const one = idOf(await put('new', { name: 'One', trunk_ids: ['t1', 't2'] }));
    expect(outcome(await put('new', { name: 'Two', trunk_ids: ['t2'] }))).toBe('409 TRUNK_HAS_COST_TARIFF');
    expect(outcome(await put(one, { name: 'One', trunk_ids: ['t1', 't3'] }))).toBe('200');
    expect(outcome(await put('new', { name: 'Two', trunk_ids: ['t2'] }))).toBe('201');
    expect(outcome(await ask('DELETE /tariffs/{id}', operator, { params: { id: one } }))).toBe('200');
    expect(outcome(await put('new', { name: 'Three', trunk_ids: ['t1', 't3'] }))).toBe('201');
  });

  test('may add or remove 60 trunks in one request', async () => {
    const operator = await service.tenants.join(1000, { user: { roles: ['operator'] } });
    const put = (id: string, trunks: number) =>
      ask('PUT /tariffs/{id}', operator, {
        params: { id },
        json: plan({
          kind: 'cost',
          name: 'Many',
          trunk_ids: Array.from({ length: trunks }, (_item, at) => `many-${at}`),
          confirm_removal: true,
        }),
      });
    const remove = async (id: string) => outcome(await ask('DELETE /tariffs/{id}', operator, { params: { id } }));
    expect([outcome(await put('new', 61)), outcome(await put('new', 1_001))]).toEqual([
      '422 LIMIT_EXCEEDED',
      '422 VALIDATION_FAILED',
    ]);
    const id = idOf(await put('new', 60));
    expect([outcome(await put(id, 120)), await remove(id), outcome(await put(id, 60)), await remove(id)]).toEqual([
      '200',
      '422 LIMIT_EXCEEDED',
      '200',
      '200',
    ]);
  });
});
