/** What is told of CDRs that were filed, and filed of records that were not (billing.md, "CDRs"). */
import { decimalText, money } from '../../../shared/schema/money.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { Refusal, Sender } from './arrival.ts';
import type { FiledCdr } from './filed-cdr.ts';
import type { PeriodSums } from './movement.ts';

const SECONDS_KEPT = 30 * 86_400;
/** Refusals of one message (or POST) that are filed, and of those the ones that an event shows. All are counted. */
const FILED = 100;
const SHOWN = 20;

const countOf = (cdrs: readonly FiledCdr[], status: FiledCdr['rating']['status']): number =>
  cdrs.filter(({ rating }) => rating.status === status).length;

/** `cdr.rated`: one event for the CDRs of a transaction, as an event each would halve what a transaction holds. */
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
      currency,
      periods: sums.map(({ period, charges, seconds }) => ({ period, charge: decimalText(money(charges)), seconds })),
    },
  };
}

/** `cdr.rejected`: one event for the records of a message that were not taken. */
export const refusedEvent = (from: Sender, organization: number, refusals: readonly Refusal[]) => ({
  entity: { type: 'org', id: organizationText(organization) },
  severity: 'warning' as const,
  description: `${refusals.length} ${refusals.length === 1 ? 'CDR' : 'CDRs'} of ${from.source} not taken`,
  fields: {
    source: from.source,
    batch_id: from.batch_id,
    rejected: refusals.length,
    rejections: refusals.slice(0, SHOWN),
  },
});

type NotFiled = { readonly refusals: readonly Refusal[]; readonly duplicates: number };

/** What is filed, for 30 days, of the records of a message that were not. */
export const refusalsOf = (from: Sender, { refusals, duplicates }: NotFiled, now: Date) => ({
  id: `rej_${from.sent_at.replace(/[^0-9TZ]/g, '')}_${from.message}`,
  batch_id: from.batch_id ?? '-',
  source: from.source,
  refusals: refusals.slice(0, FILED),
  duplicates,
  expires_at: Math.floor(now.getTime() / 1_000) + SECONDS_KEPT,
});
