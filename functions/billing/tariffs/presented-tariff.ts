/** The tariff as it is answered, without its rates (billing.md, "Tariffs"). */
import * as z from 'zod';
import { Id, organizationText, Timestamp } from '../../../shared/schema/values.ts';
import type { Rate } from './rate.ts';
import type { Tariff } from './tariff.ts';

export const PresentedTariff = z
  .object({
    id: Id('trf'),
    org_id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    kind: z.enum(['sell', 'cost']),
    currency: z.string(),
    timezone: z.string(),
    monthly_minimum: z.string(),
    included_minutes: z.int(),
    included_sms: z.int(),
    sms_rates: z.array(z.object({ prefix: z.string(), price: z.string() })),
    services: z.array(
      z.object({
        service_type: z.string(),
        plan: z.string(),
        price: z.string(),
        billing_cycle: z.enum(['monthly', 'quarterly', 'annual']),
        features: z.array(z.string()),
      }),
    ),
    trunk_ids: z.array(z.string()),
    rate_count: z.int(),
    version: z.int(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Tariff' });

export const presentTariff = (tariff: Tariff): z.input<typeof PresentedTariff> => ({
  ...tariff,
  org_id: organizationText(tariff.org_id),
});

const text = z.string().nullable();
const PresentedBand = z.object({
  name: z.string(),
  days: z.array(z.string()),
  start: z.string(),
  end: z.string(),
  price_per_minute: z.string(),
  connect_fee: text,
});

const PresentedRate = z
  .object({
    prefix: z.string(),
    name: text,
    direction: z.enum(['outbound', 'inbound']),
    price_per_minute: z.string(),
    connect_fee: z.string(),
    minimum_charge: z.string(),
    initial_seconds: z.int(),
    increment_seconds: z.int(),
    included: z.boolean(),
    valid_from: Timestamp.nullable(),
    valid_to: Timestamp.nullable(),
    time_bands: z.array(PresentedBand),
  })
  .meta({ id: 'Rate' });

/** A tariff with a page of its rates. */
export const TariffWithRates = PresentedTariff.extend({
  rates: z.array(PresentedRate),
  next_page_token: z.string().meta({ description: 'Goes on behind these rates; empty on the last page' }),
}).meta({ id: 'TariffWithRates' });

export const presentWithRates = (
  tariff: Tariff,
  rates: readonly Rate[],
  next_page_token: string,
): z.input<typeof TariffWithRates> => ({ ...presentTariff(tariff), rates: [...rates], next_page_token });
