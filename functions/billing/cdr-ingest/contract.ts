import { reads, reports, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { CdrMessage } from './cdr-message.ts';

/**
 * What both consumers of CDRs do. Their time-out is short, because the visibility time-out is six times as long and
 * messages in flight stay hidden for it after a crash. They are as few as the CDRs of the stage permit, because
 * transactions on one balance run one after the other.
 */
const ingestion = {
  area: 'billing',
  message: CdrMessage,
  timeout: 5,
  memory: 1_024,
  maximumConcurrency: 2,
  cdrsPerSecond: 200,
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
    writes('callcount'),
    writes('usage'),
    writes('unrated'),
    writes('reservation'),
    reports('cdr.rated'),
    reports('cdr.corrected'),
    reports('cdr.rejected'),
    reports('cdr.unrated'),
    reports('balance.low'),
    reports('balance.exhausted'),
    // What a run does not finish.
    sends('cdr-backlog'),
    // The reseller is charged by another consumer.
    sends('cdr-wholesale'),
  ],
} as const;

/**
 * Rates and files call detail records, each exactly once (functions/billing/cdr-ingest/README.md, "Ingestion"). Batches
 * are large, so that many messages of one record share transactions.
 */
export const cdrIngest = consumer('cdr-ingest', { ...ingestion, queue: 'cdr-ingest', batchSize: 100, batchWindow: 1 });

/**
 * Files what runs of `cdr-ingest` did not finish (functions/billing/cdr-ingest/README.md, "Bursts"), in a queue of its
 * own, so that new messages do not wait behind it. A batch has few messages: most of a large one would go back again.
 */
export const cdrBacklog = consumer('cdr-backlog', {
  ...ingestion,
  folder: 'cdr-ingest',
  queue: 'cdr-backlog',
  batchSize: 10,
  batchWindow: 0,
});
