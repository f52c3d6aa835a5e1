import { describe, expect, test } from 'vitest';
import { record } from '../cdr-ingest/filed-cdr.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { noon } from '#test/support/dependencies.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { money } from '#schema/money.ts';
import { cdrId } from '../cdr-ingest/cdr.ts';
import { addAccount, cdrIn, startIngestion, messageOf } from '../cdr-ingest/ingest.fixture.ts';
import { createWrites } from '../tariffs/store.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { ratesHandler } from './handler.ts';

const service = startService(ratesHandler);

let last = 8000;
async function newCustomer(more: Parameters<typeof addAccount>[2] = {}) {
  last += 1;
  const organization = last;
  const token = await service.tenants.join(organization);
  await addAccount(service.store, organization, more);
  return {
    organization,
    token,
    look: (number: string, query: Readonly<Record<string, string>> = {}) =>
      call(service.handler, 'GET /rates/lookup/{number}', { token, params: { number }, query }),
  };
}

describe('GET /rates/lookup/{number}', () => {
  test('uses the tariff of the profile and adds an example', async () => {
    const customer = await newCustomer();
    expect((await customer.look('+14155555678', { duration: '342' })).body.data).toMatchObject({
      number: '+14155555678',
      direction: 'outbound',
      source: 'tariff',
      tariff: { id: `trf_${customer.organization}`, version: 1 },
      matched_prefix: '1',
      rate: { prefix: '1', price_per_minute: '0.015000' },
      band: null,
      candidates: [],
      example: { duration: 342, billed_seconds: 342, included_seconds: 0, discount_percent: '0', charge: '0.0955' },
      currency: 'USD',
      at: noon.toISOString(),
    });
    expect((await customer.look('14155555678')).body.data).toMatchObject({
      number: '+14155555678',
      example: { duration: 60, charge: '0.0250' },
    });
  });

  test("uses the profile's own rates for a number that the tariff has none for", async () => {
    const rates = {
      defaultCallRate: null,
      defaultSmsRate: null,
      internationalCallRate: money(60_000n),
      tollFreeRate: null,
    };
    const customer = await newCustomer({ profile: { rates } });
    expect((await customer.look('+442079460000')).body.data).toMatchObject({
      source: 'profile',
      tariff: null,
      matched_prefix: '',
      rate: { name: 'internationalCallRate' },
      example: { charge: '0.0600' },
    });
  });

  test('rates the example as calls are rated, with what the period has used', async () => {
    const customer = await newCustomer({ profile: { discounts: [{ type: 'volume', threshold: 5, percentage: 10 }] } });
    const charge = async () => (await customer.look('+14155555678', { duration: '342' })).body.data['example'];
    expect(await charge()).toMatchObject({ charge: '0.0955' });
    await startIngestion(service.store).deliver({ m1: messageOf(customer.organization, [record('one')]) });
    expect(await charge()).toMatchObject({ charge: '0.0860', discount_percent: '10' });
    await startIngestion(service.store).deliver({ m2: messageOf(customer.organization, [record('two')]) });
    expect(
      (await cdrIn(service.store, customer.organization, cdrId(customer.organization, 'two', 'a')))?.rating,
    ).toMatchObject({
      charge: '0.0860',
      discount_percent: '10',
      usage_before: { seconds: 342, includedSeconds: 0 },
    });
  });

  test('uses a named tariff, and another time', async () => {
    const wanted = NewTariff.parse({
      name: 'Named',
      currency: 'EUR',
      rates: [
        { prefix: '44', price_per_minute: 0.02 },
        { prefix: '4420', price_per_minute: 0.03, valid_from: '2026-12-01T00:00:00Z' },
        { prefix: '', price_per_minute: 1 },
        { prefix: '44', direction: 'inbound', price_per_minute: 0.5 },
      ],
    });
    await commit(service.store, 1000, [
      ...createWrites(
        firstVersion(wanted, { id: 'trf_named', organization: 1000, now: noon.toISOString() }),
        wanted.rates,
      ),
    ]);
    const operator = await service.tenants.join(1000, { user: { roles: ['operator'] } });
    const look = (query = {}) =>
      call(service.handler, 'GET /rates/lookup/{number}', {
        token: operator,
        params: { number: '442079460000' },
        query: { tariff_id: 'trf_named', ...query },
      });
    expect((await look()).body.data).toMatchObject({
      matched_prefix: '44',
      currency: 'EUR',
      candidates: [{ prefix: '', price_per_minute: '1.000000' }],
    });
    expect((await look({ at: '2026-12-01T00:00:00Z' })).body.data).toMatchObject({
      matched_prefix: '4420',
      candidates: [{ prefix: '44', price_per_minute: '0.020000' }, { prefix: '' }],
    });
    expect((await look({ direction: 'inbound' })).body.data).toMatchObject({
      direction: 'inbound',
      rate: { price_per_minute: '0.500000' },
    });
    expect(outcome(await (await newCustomer()).look('+442079460000', { tariff_id: 'trf_named' }))).toBe(
      '404 NOT_FOUND',
    );
  });

  test.each([
    ['reception', {}, '400 INVALID_NUMBER'],
    ['+0123', {}, '400 INVALID_NUMBER'],
    ['+442079460000', {}, '404 NO_RATE'],
    ['+14155555678', { direction: 'inbound' }, '404 NO_RATE'],
    ['+14155555678', { duration: '0' }, '400 INVALID_PARAMETER'],
    ['+14155555678', { at: 'now' }, '400 INVALID_PARAMETER'],
  ])('rejects %s %o with %s', async (number, query, expected) => {
    expect(outcome(await (await newCustomer()).look(number, query))).toBe(expected);
  });
});
