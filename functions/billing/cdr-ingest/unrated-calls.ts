/**
 * Calls that are filed without a price, and when their organization is notified
 * (functions/billing/README.md, "Unrated calls").
 */
import { hour } from '../../../shared/schema/time.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { UnratedReason } from './rating.ts';

/** Milliseconds between two events of one organization and reason. */
const reportInterval = hour;
/** Numbers, and sources, that an event shows. */
const maxShown = 5;

/** Calls without a price since the last event about them. */
export type UnratedCount = { readonly count: number; readonly reported_at?: string };

/** The CDRs without a price, by its reason. */
export function unratedByReason(cdrs: readonly FiledCdr[]): ReadonlyMap<UnratedReason, FiledCdr[]> {
  const groups = new Map<UnratedReason, FiledCdr[]>();
  for (const cdr of cdrs) {
    const { status, reason } = cdr.rating;
    if (status === 'unrated' && reason !== null) groups.set(reason, [...(groups.get(reason) ?? []), cdr]);
  }
  return groups;
}

/** The counts of a log line about filed CDRs of one organization: by status, and of the unrated ones by reason. */
export function countFiled(cdrs: readonly FiledCdr[]): Readonly<Record<string, number>> {
  const countOf = (status: FiledCdr['rating']['status']): number =>
    cdrs.filter(({ rating }) => rating.status === status).length;
  return {
    organization: cdrs[0]?.organization ?? 0,
    rated: countOf('rated'),
    free: countOf('free'),
    unrated: countOf('unrated'),
    ...Object.fromEntries([...unratedByReason(cdrs)].map(([reason, { length }]) => [reason, length])),
  };
}

/** Whether the next unrated call is reported: the first one, and then at most one in an hour. */
export const isReportDue = (before: UnratedCount | undefined, now: Date): boolean =>
  before?.reported_at === undefined || now.getTime() - Date.parse(before.reported_at) >= reportInterval;

const firstOf = (values: readonly string[]): string[] => [...new Set(values)].slice(0, maxShown);

/** `cdr.unrated`. @param cdrs those of the transaction @param before those since the last event */
export function unratedEvent(reason: UnratedReason, cdrs: readonly FiledCdr[], before: UnratedCount | undefined) {
  const unrated = (before?.count ?? 0) + cdrs.length;
  return {
    entity: { type: 'org', id: organizationText(cdrs[0]?.organization ?? 0) },
    severity: 'warning' as const,
    description: `${unrated} ${unrated === 1 ? 'call' : 'calls'} filed without a price: ${reason}`,
    fields: {
      reason,
      unrated,
      since: before?.reported_at ?? null,
      numbers: firstOf(cdrs.map(({ callee }) => callee)),
      sources: firstOf(cdrs.map(({ source }) => source)),
    },
  };
}
