import * as z from 'zod';
import { reads, reports, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { organizationText } from '#schema/values.ts';

const maxCdrs = 100;

/**
 * Filed CDRs of a reseller's customer, for which the reseller is charged. Version 1 only ever gains optional fields.
 */
const WholesaleMessage = z.object({
  schema: z.literal('cdr-wholesale.v1'),
  org_id: z.int().min(1),
  cdr_ids: z.array(z.string()).min(1).max(maxCdrs),
});
export type WholesaleMessage = z.output<typeof WholesaleMessage>;

/**
 * Messages of the queue `cdr-wholesale`. Their group gives each organization a fair share of the queue (Amazon SQS
 * Developer Guide, "Amazon SQS fair queues").
 */
export const wholesaleMessages = (organization: number, ids: readonly string[]) =>
  Array.from({ length: Math.ceil(ids.length / maxCdrs) }, (_, at) => ({
    body: {
      schema: 'cdr-wholesale.v1',
      org_id: organization,
      cdr_ids: ids.slice(at * maxCdrs, (at + 1) * maxCdrs),
    } satisfies WholesaleMessage,
    group: organizationText(organization),
  }));

/**
 * Charges a reseller for its customers' calls, exactly once for each CDR (functions/billing/README.md, "Wholesale").
 * This is a consumer of its own because the transactions of all customers would otherwise contend for the reseller's
 * balance.
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
    writes('unrated'),
    reports('cdr.unrated'),
    reports('balance.low'),
    reports('balance.exhausted'),
    // What a run does not finish.
    sends('cdr-wholesale'),
  ],
});
