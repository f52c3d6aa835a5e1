import * as z from 'zod';
import { organizationText } from '#schema/values.ts';

const maxCdrs = 100;

/**
 * Filed CDRs of a reseller's customer, for which the reseller is charged. Version 1 only ever gains optional fields.
 */
export const WholesaleMessage = z.object({
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
