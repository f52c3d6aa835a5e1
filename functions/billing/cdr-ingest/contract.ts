import { reads, records, sends, writes } from '../../../shared/contract/effects.ts';
import { consumer } from '../../../shared/contract/resource.ts';
import { CdrMessage } from './cdr-message.ts';

/**
 * Rates and files call detail records, each exactly once (functions/billing/README.md, "Ingestion"). The time-out is
 * short, because the visibility time-out is six times as long and messages in flight stay hidden for it after a crash.
 * Batches are large and consumers few, because transactions on one balance run one after the other.
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
    reads('trunk'),
    writes('cdr'),
    writes('cdrparty'),
    writes('cdrcall'),
    writes('cdrbatch'),
    writes('cdrrejection'),
    writes('balance'),
    writes('chargeday'),
    writes('numberday'),
    writes('usage'),
    writes('unrated'),
    writes('reservation'),
    records('cdr.rated'),
    records('cdr.corrected'),
    records('cdr.rejected'),
    records('cdr.unrated'),
    records('balance.low'),
    records('balance.exhausted'),
    // Messages with deferred records are requeued.
    sends('cdr-ingest'),
    // The reseller is charged by another consumer.
    sends('cdr-wholesale'),
  ],
});
