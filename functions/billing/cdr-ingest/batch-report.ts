/**
 * What an organization reads about its batches: counts of what became of their records, events about CDRs that were
 * filed and records that were rejected, and the stored list of rejected records
 * (functions/billing/cdr-ingest/README.md, "Batches").
 */
import { decimalText, money } from '#schema/money.ts';
import { day, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { type Arrival, batchOwnerOf, type RejectedRecord, type Sender } from './arrival.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { PeriodSums } from './sum-change.ts';

/** Records of a batch, added up as they settle: all that were received, and how many were settled in which way. */
export type BatchCounts = {
  readonly received: number;
  readonly rated: number;
  readonly free: number;
  readonly unrated: number;
  readonly void: number;
  /** Records that filled empty fields of a CDR. */
  readonly updated: number;
  readonly duplicate: number;
  /** Duplicates that are older than the filed CDR. */
  readonly superseded: number;
  readonly conflict: number;
  readonly rejected: number;
};

/** Counts to add to a batch of an organization. */
export type BatchAddition = {
  readonly organization: number;
  readonly batch_id: string;
  readonly counts: Partial<BatchCounts>;
};

/** A CDR to be filed, with the arrival that it was made of, or that filled its empty fields. */
export type Filing = { readonly arrival: Arrival; readonly filed: FiledCdr; readonly as?: 'updated' };

/** `POST /cdr/{id}` counts the records that it accepts as received, so they are not counted again. */
const receivedCount = (count: number, { accepted }: Sender): Partial<BatchCounts> =>
  accepted ? {} : { received: count };

const batchKey = ({ organization, batch_id }: Pick<BatchAddition, 'organization' | 'batch_id'>): string =>
  `${organization}#${batch_id}`;

/** What filed CDRs add to their batches, one addition for each batch. */
export function countsOfFiled(filings: readonly Filing[]): BatchAddition[] {
  const totals = new Map<
    string,
    { readonly batch: Omit<BatchAddition, 'counts'>; readonly counts: Record<string, number> }
  >();
  for (const { arrival, filed, as = filed.rating.status } of filings) {
    const { batch_id } = arrival.from;
    if (batch_id === null) continue;
    const batch = { organization: batchOwnerOf(arrival.from, filed.organization), batch_id };
    const total = totals.get(batchKey(batch)) ?? { batch, counts: {} };
    totals.set(batchKey(batch), total);
    for (const [name, count] of Object.entries({ ...receivedCount(1, arrival.from), [as]: 1 }))
      total.counts[name] = (total.counts[name] ?? 0) + count;
  }
  return [...totals.values()].map(({ batch, counts }) => ({ ...batch, counts }));
}

/** Records of a message that were not filed as CDRs. `superseded`: duplicates that are older than the filed CDR. */
export type Unfiled = {
  readonly rejected: readonly RejectedRecord[];
  readonly duplicates: number;
  readonly superseded?: number;
};

/** What records of one message that were not filed add to its batch in an organization. */
export function countsOfUnfiled(
  from: Sender,
  organization: number,
  { rejected, duplicates, superseded = 0 }: Unfiled,
): BatchAddition[] {
  if (from.batch_id === null) return [];
  const conflict = rejected.filter(({ code }) => code === 'CDR_CONFLICT').length;
  const counts = {
    ...receivedCount(rejected.length + duplicates, from),
    duplicate: duplicates,
    ...(superseded === 0 ? {} : { superseded }),
    conflict,
    rejected: rejected.length - conflict,
  };
  return [{ organization, batch_id: from.batch_id, counts }];
}

const countNames = [
  'received',
  'rated',
  'free',
  'unrated',
  'void',
  'updated',
  'duplicate',
  'superseded',
  'conflict',
  'rejected',
] as const satisfies (keyof BatchCounts)[];

/** The sum of several counts of one batch. A count that none of them has stays absent. */
export function totalOf(parts: readonly Partial<BatchCounts>[]): Partial<BatchCounts> {
  const present = countNames.filter((name) => parts.some((part) => part[name] !== undefined));
  return Object.fromEntries(present.map((name) => [name, parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)]));
}

/** Adds up additions, so that each batch has one. */
export const sumByBatch = (additions: readonly BatchAddition[]): BatchAddition[] =>
  [...Map.groupBy(additions, batchKey).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, counts: totalOf([first, ...others].map(({ counts }) => counts)) }],
  );

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
