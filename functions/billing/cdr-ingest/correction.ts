/** What a record does to the stored CDR of its identity (functions/billing/cdr-ingest/README.md, "Corrections"). */
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import type { Arrival } from './arrival.ts';
import { reversalDateOf, type BillingCalendar } from './booking-date.ts';
import type { Cdr } from './cdr.ts';
import { cdrOrigins, type CdrOrigin } from './cdr-message.ts';
import { historyAfter, maxHistory, receivedAs, type FiledCdr } from './filed-cdr.ts';
import { includedRefund } from './sum-change.ts';
import type { PeriodUsage, Rating } from './rating.ts';

/** Fields that a later record of the same content fills. */
const fillable = [
  ...(['cost', 'cause', 'custom', 'quality'] as const),
  ...(['related_call_id', 'answered_by', 'account_code'] as const),
] as const satisfies readonly (keyof Cdr)[];
type Fillable = Pick<Cdr, (typeof fillable)[number]>;

/** What a record states, as far as later ones are compared with it. */
export type Statement = Fillable &
  Pick<FiledCdr, 'content_hash' | 'billable_seconds' | 'origin' | 'record_revision' | 'void'>;

/** What identifies the content and the records of a stored CDR. */
export type StoredVersion = Statement & Pick<FiledCdr, 'received_as' | 'received_before' | 'anonymous'>;

export const statementOf = (cdr: Cdr, origin: FiledCdr['origin']): Statement => ({ ...cdr, origin });

/** The version of a CDR that an arrival makes. */
export const versionOf = (arrival: Arrival): StoredVersion => ({
  ...statementOf(arrival.cdr, arrival.from.origin),
  received_as: receivedAs(arrival),
});

/**
 * The empty fields of a CDR that a record of the same content fills. A cost counts only of the rank that the CDR has,
 * and of no tenant: otherwise the profit would depend on the order in which records arrive.
 */
export function fillsOf(stored: Statement, { origin, ...again }: Statement): Partial<Fillable> {
  if (stored.void) return {};
  const mayStateCost = origin === stored.origin && origin !== 'tenant';
  const filled = fillable.filter(
    (name) => stored[name] == null && again[name] != null && (name !== 'cost' || mayStateCost),
  );
  return Object.fromEntries(filled.map((name) => [name, again[name]]));
}

const outranks = (one: CdrOrigin, other: CdrOrigin): boolean => cdrOrigins.indexOf(one) > cdrOrigins.indexOf(other);

/** Of records of the same rank, `record_revision` decides. */
type Version = Omit<Statement, keyof Fillable>;

/**
 * How a record relates to the stored CDR of its identity: rank decides before revision, and revision before content. A
 * record of a higher rank replaces other content, and raises the rank of the same content (`promotion`), so that no
 * organization blocks its own bill. The content is in whole seconds, so the seconds that are charged count, too. One of
 * the same rank replaces a lower revision. Otherwise the stored CDR stays.
 */
export function classifyRepeat(
  stored: Version,
  repeat: Version,
): 'duplicate' | 'conflict' | 'superseded' | 'replacement' | 'promotion' {
  const isSame = stored.content_hash === repeat.content_hash;
  if (outranks(repeat.origin, stored.origin)) {
    const isSameCharge = repeat.void || repeat.billable_seconds === stored.billable_seconds;
    return isSame && isSameCharge ? 'promotion' : 'replacement';
  }
  if (repeat.origin === stored.origin && repeat.record_revision !== stored.record_revision)
    return repeat.record_revision > stored.record_revision ? 'replacement' : 'superseded';
  return isSame ? 'duplicate' : 'conflict';
}

/** How a record relates to the stored CDR of its identity. `update`: it fills empty fields. */
export function classifyStatement(
  stored: Statement,
  again: Statement,
): ReturnType<typeof classifyRepeat> | 'update' | 'promotion with update' {
  const repeat = classifyRepeat(stored, again);
  if (repeat === 'promotion')
    return Object.keys(fillsOf({ ...stored, origin: again.origin }, again)).length > 0
      ? 'promotion with update'
      : repeat;
  return repeat === 'duplicate' && Object.keys(fillsOf(stored, again)).length > 0 ? 'update' : repeat;
}

export type ArrivalClass = 'redelivery' | ReturnType<typeof classifyStatement>;

/**
 * How an arrival relates to the stored CDR of its identity. `redelivery`: it is a record that made the CDR, or made it
 * what it was before. No record brings a person back that was erased from the CDR.
 */
export function classifyArrival(stored: StoredVersion, arrival: Arrival): ArrivalClass {
  const { received_as, received_before = [], anonymous = false } = stored;
  const known = [received_as, ...received_before];
  if (known.includes(receivedAs(arrival))) return 'redelivery';
  return anonymous ? 'superseded' : classifyStatement(stored, versionOf(arrival));
}

/** The call of a stored CDR, as a record that voids it states it. */
export const voidedCall = (stored: FiledCdr, { cdr, ...arrival }: Arrival): Arrival => ({
  ...arrival,
  cdr: {
    ...stored,
    cost: null,
    void: true,
    record_revision: cdr.record_revision,
    content_hash: cdr.content_hash,
  },
});

const receivedBefore = ({ received_before = [] }: FiledCdr, latest: string): readonly string[] =>
  [latest, ...received_before].slice(0, maxHistory);

/** A void shows its call as the stored CDR did, however its own producer writes numbers. */
const partiesOf = ({ number, caller_party, callee_party }: FiledCdr) => ({ number, caller_party, callee_party });

/** The CDR that replaces the stored one of its identity. It stays in that one's shard. */
export const replaceCdr = (stored: FiledCdr, filed: FiledCdr): FiledCdr => ({
  ...omit(filed, 'promoted', 'updates', 'task_id'),
  ...(filed.void ? partiesOf(stored) : {}),
  shard: stored.shard,
  received_before: receivedBefore(stored, stored.received_as),
  rating: { ...filed.rating, revision: stored.rating.revision + 1 },
  rating_history: historyAfter(stored),
});

/** A cost tariff that names the trunk decides, whatever a record states. */
const withCost = (rating: Rating, cost: string | null): Rating =>
  rating.cost_currency === null ? { ...rating, cost } : rating;

/** A stored CDR that a record has filled remembers how often that happened, and by which records. */
const filledBy = (stored: FiledCdr, arrival: Arrival) => ({
  updates: (stored.updates ?? 0) + 1,
  received_before: receivedBefore(stored, receivedAs(arrival)),
});

/** A stored CDR whose empty fields are filled by a record of the same content. */
export function updateCdr(stored: FiledCdr, arrival: Arrival): FiledCdr {
  const filled: FiledCdr = { ...stored, ...fillsOf(stored, versionOf(arrival)) };
  return {
    ...filled,
    rating: withCost(stored.rating, filled.cost),
    ...filledBy(stored, arrival),
  };
}

/**
 * A stored CDR that a record of a higher rank confirms: it has that rank and what that record states. The cost is that
 * of the higher rank alone.
 */
export function promoteCdr(stored: FiledCdr, arrival: Arrival): FiledCdr {
  const { cdr, from } = arrival;
  const raised = { ...stored, origin: from.origin, promoted: true as const };
  if (stored.void) return raised;
  return {
    ...raised,
    cost: cdr.cost,
    cause: cdr.cause ?? stored.cause,
    custom: cdr.custom ?? stored.custom,
    quality: cdr.quality ?? stored.quality,
    ...definedFields({
      related_call_id: cdr.related_call_id ?? stored.related_call_id,
      answered_by: cdr.answered_by ?? stored.answered_by,
      account_code: cdr.account_code ?? stored.account_code,
    }),
    rating: withCost(stored.rating, cdr.cost),
  };
}

/** A promotion that also fills fields is counted as an update, and so remembers its record. */
export const promoteWithUpdate = (stored: FiledCdr, arrival: Arrival): FiledCdr => ({
  ...promoteCdr(stored, arrival),
  ...filledBy(stored, arrival),
});

/**
 * What a period has used, without the rating that is about to be reversed. So a correction costs what it had cost as
 * the first record.
 * @param usage of the period `name`
 */
export function usageWithout(
  { rating, start_time }: Pick<FiledCdr, 'rating' | 'start_time'>,
  { usage, name, calendar }: { readonly usage: PeriodUsage; readonly name: string; readonly calendar: BillingCalendar },
): PeriodUsage {
  const isReversedThere = reversalDateOf(rating, start_time, calendar).period === name;
  const back = rating.period === name ? -includedRefund(rating, start_time, calendar) : 0;
  return {
    seconds: Math.max(0, usage.seconds - (isReversedThere ? rating.billed_seconds : 0)),
    includedSeconds: Math.max(0, usage.includedSeconds - back),
  };
}
