import * as z from 'zod';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';
import { organizationText } from '../../../shared/schema/values.ts';

const CDRS_PER_MESSAGE = 100;

/**
 * CDRs of a reseller's customer that are filed and charged, by which the reseller is charged in turn. Within v1 only
 * optional fields are added.
 */
const WholesaleMessage = z.object({
  schema: z.literal('cdr-wholesale.v1'),
  org_id: z.int().min(1),
  cdr_ids: z.array(z.string()).min(1).max(CDRS_PER_MESSAGE),
});
export type WholesaleMessage = z.output<typeof WholesaleMessage>;

/** Messages of the queue `cdr-wholesale`; organizations take turns (fair queues). */
export const wholesaleMessages = (organization: number, ids: readonly string[]) =>
  Array.from({ length: Math.ceil(ids.length / CDRS_PER_MESSAGE) }, (_, at) => ({
    body: {
      schema: 'cdr-wholesale.v1',
      org_id: organization,
      cdr_ids: ids.slice(at * CDRS_PER_MESSAGE, (at + 1) * CDRS_PER_MESSAGE),
    } satisfies WholesaleMessage,
    group: organizationText(organization),
  }));

/**
 * Charges a reseller for its customers' calls, each exactly once by the CDR: in a step of its own, as the reseller's
 * balance would else be held by all of its customers' transactions.
 */
export const cdrWholesale = consumer('cdr-wholesale', {
  area: 'billing',
  queue: 'cdr-wholesale',
  message: WholesaleMessage,
  timeout: 10,
  memory: 1_024,
  batchSize: 20,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('tariff'),
    reads('tariffchunk'),
    writes('cdr'),
    writes('balance'),
    writes('chargeday'),
    writes('numberday'),
    writes('usage'),
    records('balance.low'),
    records('balance.exhausted'),
  ],
});
