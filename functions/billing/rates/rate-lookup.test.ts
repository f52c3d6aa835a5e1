import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import type { NumberFormat } from '#telephony/number-format.ts';
import { newProfile } from '../schema/billing-profile.ts';
import { rateCall } from '../cdr-ingest/rating.ts';
import { compileTariff } from '../tariffs/compiled-tariff.ts';
import { firstVersion, NewTariff } from '../tariffs/tariff.ts';
import { lookUp, payerOf, periodOf, exampleCallOf, RateAnswer, termsBy } from './rate-lookup.ts';

const now = new Date('2026-11-20T12:00:00Z');
const compile = (rates: readonly object[], fields: object = {}) => {
  const body = NewTariff.parse({ name: 'Plan', currency: 'USD', rates, ...fields });
  return compileTariff(firstVersion(body, { id: 'trf_1', organization: 1000, now: now.toISOString() }), body.rates);
};
const profile = {
  ...newProfile({ id: 'bp_1', organization: 1001, billingName: 'Acme', currency: 'USD', now: now.toISOString() }),
  rates: { defaultCallRate: money(20_000n), defaultSmsRate: null, internationalCallRate: null, tollFreeRate: null },
  discounts: [{ type: 'volume' as const, threshold: 10, percentage: 50 }],
};
const item = {
  org_id: 1001,
  parent_id: 1000,
  country: 'US',
  timezone: 'UTC',
  created_at: '2020-01-01T00:00:00Z',
  retention: { cdr_days: 90 },
  charge_shards: 1,
};
const tariff = compile([{ prefix: '44', price_per_minute: '0.03', included: true }], { included_minutes: 1 });
const { account, calendar } = payerOf({ item, profile, tariff }, now.getTime(), {});
const nothingUsed = { item: undefined, balance: [] };
const look = (
  number: string,
  asked = {},
  named: typeof tariff | null = null,
  used: Parameters<typeof lookUp>[3] = nothingUsed,
) => {
  const call = exampleCallOf(number, asked, { now, origin: item });
  return RateAnswer.parse(lookUp(call, termsBy(account, named), periodOf(call, calendar), used));
};

test('a call is outbound, of one minute and now, unless the request has other values', () => {
  expect(exampleCallOf('+442079460000', {}, { now, origin: item })).toEqual({
    digits: '442079460000',
    direction: 'outbound',
    at: now.toISOString(),
    duration: 60,
  });
});

test.each(['reception', '+0123', '', '+1234567890123456', '++442079460000'])('the number %j is invalid', (number) => {
  expect(() => exampleCallOf(number, {}, { now, origin: item })).toThrow(
    expect.objectContaining({ code: 'INVALID_NUMBER', details: [expect.objectContaining({ path: 'number' })] }),
  );
});

test.each(['00442079460000', '011442079460000', 'sip:+442079460000@x', '9011442079460000'])(
  '%s is read as rating reads it: by the format of the organization',
  (number) => {
    const origin = { country: 'US', numbers: { strip: ['9'] } };
    expect(exampleCallOf(number, {}, { now, origin }).digits).toBe('442079460000');
  },
);

const dialed = fc.oneof(
  fc.constantFrom('00442079460000', '442079460000', '9011442079460000', 'sip:+12135550100@x', '1001', '4155550123'),
  fc.stringMatching(/^(\+|00|011|9|sip:)?[0-9]{0,14}(@x)?$/),
  fc.string({ maxLength: 20 }),
);
const formats = fc.constantFrom<NumberFormat[]>({}, { strip: ['9'] }, { country: 'GB' }, { e164_without_plus: false });

test('the look-up reads every text as rating does, and names the same rate', () => {
  fc.assert(
    fc.property(dialed, formats, (text, numbers) => {
      const terms = { ...termsBy(account, null), numbers };
      const call = {
        direction: 'outbound',
        callee: text,
        start_time: now.toISOString(),
        disposition: 'ANSWERED',
        billable_seconds: 60,
        cost: null,
      } as const;
      const period = { name: '2026-11', late: false, usage: { seconds: 0, includedSeconds: 0 } };
      const rating = rateCall(call, terms, period, now.toISOString());
      const lookup = () => {
        const call = exampleCallOf(text, {}, { now, origin: { country: 'US', numbers } });
        return lookUp(call, terms, periodOf(call, calendar), nothingUsed);
      };
      if (rating.status === 'unrated')
        expect(lookup).toThrow(
          expect.objectContaining({ code: rating.reason === 'NOT_E164' ? 'INVALID_NUMBER' : 'NO_RATE' }),
        );
      else expect(lookup()).toMatchObject({ rate: rating.rate, example: { charge: rating.charge } });
    }),
    { numRuns: 1_000 },
  );
});

test('included minutes cover the example as far as the period has not used them', () => {
  expect(look('442079460000').example).toMatchObject({ included_seconds: 60, charge: '0.0000' });
  const used = { item: { period: '2026-11', included_seconds: 45 }, balance: [] };
  expect(look('442079460000', {}, null, used).example).toMatchObject({ included_seconds: 15, charge: '0.0225' });
});

test('a discount by volume applies from its threshold', () => {
  const used = (seconds: number) => ({
    item: { period: '2026-11', included_seconds: 60 },
    balance: [{ period: '2026-11', seconds }],
  });
  expect(look('442079460000', {}, null, used(599)).example.charge).toBe('0.0300');
  expect(look('442079460000', {}, null, used(600)).example.charge).toBe('0.0150');
});

test('the profile has the rate of a number that the tariff has none for', () => {
  expect(look('+14155550123')).toMatchObject({ source: 'profile', tariff: null, rate: { name: 'defaultCallRate' } });
});

test('a named tariff replaces the rates of the profile too', () => {
  const named = compile([
    { prefix: '442', price_per_minute: '1' },
    { prefix: '44', price_per_minute: '2' },
  ]);
  expect(look('+442079460000', {}, named)).toMatchObject({
    matched_prefix: '442',
    candidates: [{ prefix: '44', price_per_minute: '2.000000' }],
  });
  expect(() => look('+14155550123', {}, named)).toThrow(expect.objectContaining({ code: 'NO_RATE' }));
});
