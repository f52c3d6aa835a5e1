/** The counts of a batch, as `GET /cdr?batch_id=` shows them (functions/billing/cdr-ingest/README.md, "Batches"). */
import type { RejectedRecord, Sender } from '../cdr-ingest/arrival.ts';
import { countsOfUnfiled, type BatchCounts, type BatchAddition } from '../cdr-ingest/batch-report.ts';
import { rejectionReportOf, rejectedEvent } from '../cdr-ingest/batch-report.ts';
import type { Judged } from './submission.ts';
import { rejectedIn } from './submission.ts';

/** Rejected records that are shown. */
const maxShown = 100;

type Counts = Partial<BatchCounts>;

/**
 * `pending`: records that were accepted and are still in the queue. `superseded` is a part of `duplicate`: records that
 * are older than the filed CDR.
 */
export function presentBatch(batch_id: string, counts: Counts, rejectedRecords: readonly RejectedRecord[]) {
  const { received = 0, rated = 0, unrated = 0, free = 0, void: voided = 0, updated = 0 } = counts;
  const { duplicate = 0, superseded = 0, conflict = 0, rejected = 0 } = counts;
  const settled = rated + unrated + free + voided + updated + duplicate + conflict + rejected;
  return {
    batch_id,
    received,
    rated,
    unrated,
    free,
    void: voided,
    updated,
    duplicate,
    superseded,
    conflict,
    rejected,
    pending: Math.max(0, received - settled),
    rejections: rejectedRecords
      .slice(0, maxShown)
      .map(({ call_id, leg, code, message }) => ({ call_id, leg, code, message })),
  };
}

/** The counts and the rejected records that a submission stores. */
export function submissionCountsOf(
  judged: readonly Judged[],
  from: Sender & { readonly batch_id: string; readonly organization: number },
  now: Date,
) {
  const rejectedRecords = rejectedIn(judged);
  const superseded = judged.filter(({ status }) => status === 'superseded').length;
  const duplicates = judged.filter(({ status }) => status === 'duplicate').length + superseded;
  const rest = countsOfUnfiled(from, from.organization, { rejected: rejectedRecords, duplicates, superseded });
  const counted: BatchAddition[] = [
    {
      organization: from.organization,
      batch_id: from.batch_id,
      counts: { ...rest[0]?.counts, received: judged.filter(({ status }) => status !== 'skipped').length },
    },
  ];
  return {
    counted,
    rejected:
      rejectedRecords.length === 0
        ? null
        : {
            filed: rejectionReportOf(from, { rejected: rejectedRecords, duplicates }, now),
            event: rejectedEvent(from, from.organization, rejectedRecords),
          },
  };
}
