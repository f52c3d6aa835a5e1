import { reads, reports, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { WholesaleMessage } from '../schema/wholesale-message.ts';

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
  cdrsPerSecond: 200,
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('tariff'),
    reads('tariffchunk'),
    writes('cdr'),
    writes('balance'),
    writes('chargeday'),
    writes('numberday'),
    writes('callcount'),
    writes('usage'),
    writes('unrated'),
    reports('cdr.unrated'),
    reports('balance.low'),
    reports('balance.exhausted'),
    // What a run does not finish.
    sends('cdr-wholesale'),
  ],
});
