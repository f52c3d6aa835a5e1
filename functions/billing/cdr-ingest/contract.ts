import { reads, records, sends, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';
import { CdrMessage } from './cdr-message.ts';

/**
 * Rates and files call detail records, each exactly once. The time-out is short, as messages in flight stay
 * hidden for six times as long after a crash; the batches are large and the consumers few, as transactions on
 * one balance come one after the other, however many there are who want it (measurements.md).
 */
export const cdrIngest = consumer('cdr-ingest', {
  area: 'billing',
  queue: 'cdr-ingest',
  message: CdrMessage,
  timeout: 5,
  memory: 1_024,
  batchSize: 100,
  batchWindow: 1,
  maximumConcurrency: 2,
  effects: [
    reads('organization'),
    reads('billingprofile'),
    reads('tariff'),
    reads('tariffchunk'),
    reads('tariff-trunk'),
    writes('cdr'),
    writes('cdrparty'),
    writes('cdrcall'),
    writes('cdrbatch'),
    writes('cdrrejection'),
    writes('balance'),
    writes('chargeday'),
    writes('numberday'),
    writes('usage'),
    records('cdr.rated'),
    records('cdr.rejected'),
    records('balance.low'),
    records('balance.exhausted'),
    // What did not get its turn goes to the back of the queue.
    sends('cdr-ingest'),
    // The charge of a reseller is a step of its own.
    sends('cdr-wholesale'),
  ],
});
