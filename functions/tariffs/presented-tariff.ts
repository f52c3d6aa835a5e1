/** The tariff as it is answered, without its rates (billing.md, "Tariffs"). */
import * as z from 'zod';
import { Id, organizationText, Timestamp } from '../../shared/schema/values.ts';
import type { Tariff } from './tariff.ts';

export const PresentedTariff = z.object({
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
  services: z.array(z.object({
    service_type: z.string(), plan: z.string(), price: z.string(), billing_cycle: z.enum(['monthly', 'quarterly', 'annual']), features: z.array(z.string()),
  })),
  trunk_ids: z.array(z.string()),
  rate_count: z.int(),
  version: z.int(),
  created_at: Timestamp,
  updated_at: Timestamp,
});

export const presentTariff = (tariff: Tariff): z.input<typeof PresentedTariff> => ({ ...tariff, org_id: organizationText(tariff.org_id) });
