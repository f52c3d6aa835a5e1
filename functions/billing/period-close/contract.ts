import * as z from 'zod';
import { at } from '#contract/consequences.ts';
import { reads, reports, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

/** Asks to close a period of an organization. Within v1 only optional fields are added. */
const ClosingMessage = z.object({
  schema: z.literal('period-close.v1'),
  org_id: z.int().min(1),
  period: z.string().regex(/^\d{4}-\d\d$/),
  /** The period is closed already: charge the fees of the numbers after this one. */
  fees_behind: z.string().optional(),
  /** The period is closed already: charge the services after this list. */
  services_behind: z.string().optional(),
});
export type ClosingMessage = z.output<typeof ClosingMessage>;

type Due = { readonly org_id: number; readonly subject: string };

/** A message that closes a period. @param delay seconds */
export const closingMessage = ({ org_id, subject }: Due, delay: number) => ({
  body: { schema: 'period-close.v1', org_id, period: subject } satisfies ClosingMessage,
  group: organizationText(org_id),
  delay,
});

/** A message that charges a slice of fees of a closed period. @param after last number charged; empty at first */
export const feesMessage = ({ org_id, period }: Pick<ClosingMessage, 'org_id' | 'period'>, after: string) => ({
  body: { schema: 'period-close.v1', org_id, period, fees_behind: after } satisfies ClosingMessage,
  group: organizationText(org_id),
});

/** A message that charges a slice of services after a closed period. @param after last list charged; empty at first */
export const servicesMessage = ({ org_id, period }: Pick<ClosingMessage, 'org_id' | 'period'>, after: string) => ({
  body: { schema: 'period-close.v1', org_id, period, services_behind: after } satisfies ClosingMessage,
  group: organizationText(org_id),
});

/**
 * Closes periods, each once: books the rest of the tariff's minimum, sets the timer of the next period, and charges the
 * fees of numbers and the services for it.
 */
export const periodClose = consumer('period-close', {
  area: 'billing',
  queue: 'jobs',
  message: ClosingMessage,
  due: at('period.close', closingMessage, { 'period.close': 'made up' }),
  timeout: 30,
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('tariff'),
    reads('number'),
    reads('number', 'GSI1'),
    reads('subscription'),
    sends('jobs'),
    writes('balance'),
    writes('chargeday'),
    writes('ledger'),
    writes('usage'),
    writes('due'),
    reports('balance.low'),
    reports('balance.exhausted'),
  ],
});
