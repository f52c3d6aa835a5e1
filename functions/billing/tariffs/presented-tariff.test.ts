import { expect, test } from 'vitest';
import { PresentedTariff, presentTariff, presentWithRates, TariffWithRates } from './presented-tariff.ts';
import { firstVersion, NewTariff } from './tariff.ts';

const origin = { id: 'trf_1', organization: 1000, now: '2024-01-01T00:00:00.000Z' };
const wanted = (fields: Record<string, unknown> = {}) =>
  NewTariff.parse({ name: 'enterprise', currency: 'usd', ...fields });

test('a tariff is shown without its rates', () => {
  expect(PresentedTariff.parse(presentTariff(firstVersion(wanted(), origin), 2))).toEqual({
    id: 'trf_1',
    org_id: 'org_1000',
    name: 'enterprise',
    description: null,
    kind: 'sell',
    currency: 'USD',
    timezone: 'UTC',
    monthly_minimum: '0.0000',
    included_minutes: 0,
    included_sms: 0,
    sms_rates: [],
    services: [],
    trunk_ids: [],
    rate_count: 0,
    profiles: 2,
    version: 1,
    created_at: origin.now,
    updated_at: origin.now,
  });
});

test('a page of rates has the token of the next page', () => {
  const body = wanted({ rates: [{ prefix: '44', price_per_minute: '0.02' }] });
  const shown = TariffWithRates.parse(
    presentWithRates({ tariff: firstVersion(body, origin), profiles: null }, body.rates ?? [], 'next'),
  );
  expect(shown).toMatchObject({
    id: 'trf_1',
    rate_count: 1,
    rates: [{ prefix: '44', price_per_minute: '0.020000', connect_fee: '0.0000', time_bands: [] }],
    next_page_token: 'next',
  });
});
