/**
 * Calls that are filed without a price, and when their organization is notified
 * (functions/billing/README.md, "Unrated calls").
 */
import { hour } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { Rating, UnratedReason } from './rating.ts';

/** Milliseconds between two events of one organization and reason. */
const reportInterval = hour;
/** Numbers, and sources, that an event shows. */
const maxShown = 5;

/** Calls without a price since the last event about them. */
export type UnratedCount = { readonly count: number; readonly reported_at?: string };

/** Whose price a call lacks: that of the organization that it is of, or of its reseller. */
export type MissingPrice = 'own' | 'wholesale';

const ratingOf = ({ rating }: FiledCdr, price: MissingPrice): Pick<Rating, 'status' | 'reason'> | null =>
  price === 'own' ? rating : rating.wholesale;

/** The CDRs without a price, by its reason. */
export function unratedByReason(
  cdrs: readonly FiledCdr[],
  price: MissingPrice = 'own',
): ReadonlyMap<UnratedReason, FiledCdr[]> {
  const groups = new Map<UnratedReason, FiledCdr[]>();
  for (const cdr of cdrs) {
    const { status, reason } = ratingOf(cdr, price) ?? cdr.rating;
    if (status === 'unrated' && reason !== null) groups.set(reason, [...(groups.get(reason) ?? []), cdr]);
  }
  return groups;
}

/** The counter of calls without a price. Those of a reseller itself, and of its customers, have one each. */
export const counterOf = (reason: UnratedReason, price: MissingPrice): string =>
  price === 'own' ? reason : `wholesale/${reason}`;

/**
 * Causes of ITU-T Q.850 by which networks fail, and not people: network out of order, temporary failure, resource
 * unavailable, and the end of a timer. The platform's own failures have them, too.
 */
const networkFailures: ReadonlySet<number> = new Set([38, 41, 47, 102]);

/** Whether a network or the platform failed to set up a call. */
const isSetUpFailure = ({ disposition, cause }: FiledCdr): boolean =>
  disposition === 'FAILED' && cause?.q850 !== undefined && cause.q850 !== null && networkFailures.has(cause.q850);

/**
 * The counts of a log line about filed CDRs of one organization: by status, of the unrated ones by reason, and of those
 * that were not set up.
 */
export function countFiled(cdrs: readonly FiledCdr[]): Readonly<Record<string, number>> {
  const countOf = (status: FiledCdr['rating']['status']): number =>
    cdrs.filter(({ rating }) => rating.status === status).length;
  return {
    organization: cdrs[0]?.organization ?? 0,
    rated: countOf('rated'),
    free: countOf('free'),
    unrated: countOf('unrated'),
    set_ups: cdrs.length,
    set_up_failures: cdrs.filter(isSetUpFailure).length,
    ...Object.fromEntries([...unratedByReason(cdrs)].map(([reason, { length }]) => [reason, length])),
  };
}

/** Whether the next unrated call is reported: the first one, and then at most one in an hour. */
export const isReportDue = (before: UnratedCount | undefined, now: Date): boolean =>
  before?.reported_at === undefined || now.getTime() - Date.parse(before.reported_at) >= reportInterval;

const firstOf = (values: readonly string[]): string[] => [...new Set(values)].slice(0, maxShown);

/** The calls of a transaction that have no price for a reason, and whose price they lack. */
export type UnratedCalls = {
  readonly organization: number;
  readonly price: MissingPrice;
  readonly reason: UnratedReason;
  readonly cdrs: readonly FiledCdr[];
};

/** `cdr.unrated`. @param before those since the last event */
export function unratedEvent({ organization, price, reason, cdrs }: UnratedCalls, before: UnratedCount | undefined) {
  const unrated = (before?.count ?? 0) + cdrs.length;
  const calls = `${unrated} ${unrated === 1 ? 'call' : 'calls'}`;
  const customers = firstOf(cdrs.map(({ organization: customer }) => organizationText(customer)));
  return {
    entity: { type: 'org', id: organizationText(organization) },
    severity: 'warning' as const,
    description:
      price === 'own'
        ? `${calls} filed without a price: ${reason}`
        : `${calls} of customers filed without a wholesale price: ${reason}`,
    fields: {
      reason,
      ...(price === 'own' ? {} : { wholesale: true, customers }),
      unrated,
      since: before?.reported_at ?? null,
      numbers: firstOf(cdrs.map(({ callee }) => callee)),
      sources: firstOf(cdrs.map(({ source }) => source)),
    },
  };
}
