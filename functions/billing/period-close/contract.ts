import * as z from 'zod';
import { at } from '../../../shared/contract/consequences.ts';
import { reads, records, sends, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';
import { organizationText } from '../../../shared/schema/values.ts';

/** A period of an organization that is to be closed. Within v1 only optional fields are added. */
const ClosingMessage = z.object({
  schema: z.literal('period-close.v1'),
  org_id: z.int().min(1),
  period: z.string().regex(/^\d{4}-\d\d$/),
  /** Where the fees for the next period go on: behind a number. */
  fees_behind: z.string().optional(),
});
export type ClosingMessage = z.output<typeof ClosingMessage>;

type Due = { readonly org_id: number; readonly subject: string };

/** A message of the queue `period-close`. @param delay seconds */
export const closingMessage = ({ org_id, subject }: Due, delay: number) => ({
  body: { schema: 'period-close.v1', org_id, period: subject } satisfies ClosingMessage,
  group: organizationText(org_id),
  delay,
});

/**
 * A message that has fees charged once a period is closed. @param behind a number; from the first on where it is empty
 */
export const feesMessage = ({ org_id, period }: Pick<ClosingMessage, 'org_id' | 'period'>, behind: string) => ({
  body: { schema: 'period-close.v1', org_id, period, fees_behind: behind } satisfies ClosingMessage,
  group: organizationText(org_id),
});

/**
 * Closes periods, each once: books what is missing to the tariff's minimum, has the next period closed in its time, and
 * charges the fees of numbers for it.
 */
export const periodClose = consumer('period-close', {
  area: 'billing',
  queue: 'period-close',
  message: ClosingMessage,
  due: at('period.close', closingMessage),
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
    sends('period-close'),
    writes('balance'),
    writes('chargeday'),
    writes('ledger'),
    writes('usage'),
    writes('due'),
    records('balance.low'),
    records('balance.exhausted'),
  ],
});
