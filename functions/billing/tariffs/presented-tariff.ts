/** Tariffs, rates and time bands in answers (functions/billing/README.md, "Tariffs"). */
import * as z from 'zod';
import { Id, organizationText, Timestamp } from '#schema/values.ts';
import type { Rate } from './rate.ts';
import type { Tariff } from './tariff.ts';

const text = z.string().nullable();

const SmsRate = z.object({
  prefix: z.string().describe('Leading digits of the number'),
  price: z.string().describe('Price per segment'),
});

const Service = z.object({
  service_type: z.string().describe('Type of the service'),
  plan: z.string().describe('Plan within the type'),
  price: z.string().describe('Price per billing cycle'),
  billing_cycle: z.enum(['monthly', 'quarterly', 'annual']).describe('How often the price is charged'),
  features: z.array(z.string()).describe('Features of the plan'),
});

export const PresentedTariff = z
  .object({
    id: Id('trf').describe('Id of the tariff'),
    org_id: z.string().describe('Organization that owns the tariff, such as `org_1000`'),
    name: z.string().describe('Name, unique in the organization'),
    description: text.describe('Free text'),
    kind: z.enum(['sell', 'cost']).describe('`sell`: what children are charged; `cost`: what carriers charge'),
    currency: z.string().describe('ISO 4217 code of all amounts'),
    timezone: z.string().describe('IANA time zone of the time bands'),
    monthly_minimum: z.string().describe('Least amount that a period is charged, a decimal with 4 decimals'),
    included_minutes: z.int().describe('Free minutes of each period, for rates with `included`'),
    included_sms: z.int().describe('Free segments of SMS of each period'),
    sms_rates: z.array(SmsRate).describe('Prices of SMS by prefix; the longest that matches applies'),
    services: z.array(Service).describe('Prices of subscriptions'),
    trunk_ids: z.array(z.string()).describe('Trunks whose calls a cost tariff prices'),
    rate_count: z.int().describe('Number of rates'),
    profiles: z.int().nullable().describe('Billing profiles that are charged by it; null: it is of the seller'),
    version: z.int().describe('Version of the tariff, from 1'),
    created_at: Timestamp.describe('When the first version was created'),
    updated_at: Timestamp.describe('When this version was created'),
  })
  .meta({
    id: 'Tariff',
    example: {
      ...{ id: 'trf_01K0000000000000000000000A', org_id: 'org_1000', name: 'Enterprise', kind: 'sell' },
      ...{ description: 'Price list for large customers', currency: 'USD', timezone: 'America/New_York' },
      ...{ monthly_minimum: '500.0000', included_minutes: 50_000, included_sms: 0, sms_rates: [], services: [] },
      ...{ trunk_ids: [], rate_count: 60_000, profiles: 0, version: 5 },
      ...{ created_at: '2026-01-15T10:30:00.000Z', updated_at: '2026-01-15T10:31:00.000Z' },
    },
  });

/** @param profiles that use it; null: the caller is one of them, and must not know the others */
export const presentTariff = (tariff: Tariff, profiles: number | null): z.input<typeof PresentedTariff> => ({
  ...tariff,
  org_id: organizationText(tariff.org_id),
  profiles,
});

export const PresentedBand = z.object({
  name: z.string().describe('Name of the band'),
  days: z.array(z.string()).describe('Days on which the band begins: `mon` to `sun`'),
  start: z.string().describe('First minute of the band, `HH:MM` in the zone of the tariff'),
  end: z.string().describe('Minute at which the band ends; before `start` it is on the next day'),
  price_per_minute: z.string().describe('Price per minute, a decimal with 6 decimals'),
  connect_fee: text.describe('Amount per call, a decimal with 4 decimals; null: that of the rate'),
});

export const PresentedRate = z
  .object({
    prefix: z.string().describe('Leading digits of the number; empty matches every number'),
    name: text.describe('Name of the rate'),
    direction: z
      .enum(['outbound', 'inbound'])
      .describe('`outbound`: by the called number; `inbound`: by the own number that was called'),
    price_per_minute: z.string().describe('Price per minute, a decimal with 6 decimals'),
    connect_fee: z.string().describe('Amount per call, a decimal with 4 decimals'),
    minimum_charge: z.string().describe('Least charge of a call, a decimal with 4 decimals'),
    initial_seconds: z.int().describe('Seconds that are billed at least'),
    increment_seconds: z.int().describe('Seconds by which billed time grows after them'),
    included: z.boolean().describe('Whether calls use the included minutes of the tariff'),
    valid_from: Timestamp.nullable().describe('First instant of call start at which the rate is valid'),
    valid_to: Timestamp.nullable().describe('First instant of call start at which the rate is no longer valid'),
    time_bands: z.array(PresentedBand).describe('Bands with prices of their own; the first that matches applies'),
  })
  .meta({ id: 'Rate' });

/** A tariff with a page of its rates. */
export const TariffWithRates = PresentedTariff.extend({
  rates: z.array(PresentedRate).describe('A page of the rates, ordered by prefix'),
  next_page_token: z.string().describe('Token of the next page of rates; empty on the last page'),
}).meta({ id: 'TariffWithRates' });

export const presentWithRates = (
  { tariff, profiles }: { readonly tariff: Tariff; readonly profiles: number | null },
  rates: readonly Rate[],
  nextPageToken: string,
): z.input<typeof TariffWithRates> => ({
  ...presentTariff(tariff, profiles),
  rates: [...rates],
  next_page_token: nextPageToken,
});
