/**
 * What an organization reads about its batches: events about CDRs that were filed and records that were rejected, and
 * the stored list of rejected records (functions/billing/README.md, "Batches").
 */
import { decimalText, money } from '#schema/money.ts';
import { day, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import type { RejectedRecord, Sender } from './arrival.ts';
import type { Unfiled } from './batch-counts.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { PeriodSums } from './sum-change.ts';

/** Seconds for which a report is kept: 30 days. */
const reportTtl = (30 * day) / second;
/** Rejected records of one message (or POST) that a report stores. All of them are counted. */
const maxStored = 100;
/** Rejected records that an event shows. */
const maxShown = 20;

const countOf = (cdrs: readonly FiledCdr[], status: FiledCdr['rating']['status']): number =>
  cdrs.filter(({ rating }) => rating.status === status).length;

/**
 * `cdr.rated`: one event for all CDRs of a transaction. One event each would halve how many CDRs a transaction holds.
 */
export function ratedEvent(cdrs: readonly FiledCdr[], sums: readonly PeriodSums[]) {
  const currency = cdrs.find(({ rating }) => rating.currency !== null)?.rating.currency ?? null;
  return {
    entity: { type: 'org', id: organizationText(cdrs[0]?.organization ?? 0) },
    description: `${cdrs.length} ${cdrs.length === 1 ? 'call' : 'calls'} filed`,
    fields: {
      cdr_ids: cdrs.map(({ id }) => id),
      rated: countOf(cdrs, 'rated'),
      free: countOf(cdrs, 'free'),
      unrated: countOf(cdrs, 'unrated'),
      void: countOf(cdrs, 'void'),
      currency,
      periods: sums.map(({ period, charges, seconds }) => ({ period, charge: decimalText(money(charges)), seconds })),
    },
  };
}

const chargeIn = ({ rating: { charge, currency } }: FiledCdr) => ({ charge, currency });

/** `cdr.corrected`: a record has replaced a filed CDR, or voided it. */
export const correctedEvent = (before: FiledCdr, after: FiledCdr) => ({
  entity: { type: 'cdr', id: after.id },
  description: after.void ? 'CDR voided' : 'CDR corrected',
  fields: {
    call_id: after.call_id,
    leg: after.leg,
    record_revision: after.record_revision,
    void: after.void,
    origin: after.origin,
    batch_id: after.batch_id,
    before: chargeIn(before),
    after: chargeIn(after),
  },
});

/** `cdr.rejected`: one event for all rejected records of a message. */
export const rejectedEvent = (from: Sender, organization: number, rejected: readonly RejectedRecord[]) => ({
  entity: { type: 'org', id: organizationText(organization) },
  severity: 'warning' as const,
  description: `${rejected.length} ${rejected.length === 1 ? 'CDR' : 'CDRs'} of ${from.source} rejected`,
  fields: {
    source: from.source,
    batch_id: from.batch_id,
    rejected: rejected.length,
    rejections: rejected.slice(0, maxShown),
  },
});

/**
 * The report of one message (or one POST) to one organization. It is stored once, because its id is made of the
 * message's.
 */
export type RejectionReport = {
  /** `rej_<time>_<message>`, so that reports sort by the time of sending. */
  readonly id: string;
  /** `-` for a message without a batch. */
  readonly batch_id: string;
  readonly source: string;
  readonly rejected: readonly RejectedRecord[];
  /** Records whose CDR was stored already. */
  readonly duplicates: number;
  /** Unix seconds. */
  readonly expires_at: number;
};

/** The report of the records of a message that were not filed. */
export const rejectionReportOf = (from: Sender, { rejected, duplicates }: Unfiled, now: Date): RejectionReport => ({
  id: `rej_${from.sent_at.replace(/[^0-9TZ]/g, '')}_${from.message}`,
  batch_id: from.batch_id ?? '-',
  source: from.source,
  rejected: rejected.slice(0, maxStored),
  duplicates,
  expires_at: Math.floor(now.getTime() / second) + reportTtl,
});
