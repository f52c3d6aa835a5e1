import * as z from 'zod';
import { found, notFound } from '#errors.ts';
import { day } from '#schema/time.ts';
import { Timestamp } from '#schema/values.ts';

/** Addresses that get no e-mail of an organization (functions/messaging/README.md, "Suppressed addresses"). */

export const suppressionReasons = ['bounce', 'complaint'] as const;

/** An address with bounces that count, and its suppression, if it has one. */
export type Suppression = {
  readonly address: string;
  /** Null: it gets e-mail, and had bounces that may pass. */
  readonly reason: (typeof suppressionReasons)[number] | null;
  /** Since when it is suppressed (ISO 8601 UTC). */
  readonly at: string | null;
  /** When the suppression ends; null: it does not end by itself. */
  readonly until: string | null;
  /** Times of the latest bounces that may pass (ISO 8601 UTC), oldest first. */
  readonly bounces: readonly string[];
  readonly version: number;
};

/** Bounces that may pass, within so many milliseconds, that suppress an address for as long. */
const maxBounces = 3;
const bounceWindow = 7 * day;

/** What a report of the provider says about an address. */
export type Strike = 'permanent bounce' | 'transient bounce' | 'complaint';

const iso = (at: number): string => new Date(at).toISOString();

export const isSuppressed = ({ reason, until }: Pick<Suppression, 'reason' | 'until'>, now: Date): boolean =>
  reason !== null && (until === null || Date.parse(until) > now.getTime());

const withStrike = (before: Suppression, strike: Strike, now: Date): Suppression => {
  const at = now.toISOString();
  if (strike === 'complaint') return { ...before, reason: 'complaint', at, until: null };
  if (strike === 'permanent bounce') return { ...before, reason: 'bounce', at, until: null };
  const recent = before.bounces.filter((each) => Date.parse(each) > now.getTime() - bounceWindow);
  const bounces = [...recent, at].slice(-maxBounces);
  if (bounces.length < maxBounces) return { ...before, bounces };
  return { ...before, reason: 'bounce', at, until: iso(now.getTime() + bounceWindow), bounces: [] };
};

/**
 * The address after a report. One that is suppressed for good stays as it is.
 * @param before undefined: no e-mail to it has bounced
 */
export function strikeAddress(
  address: string,
  before: Suppression | undefined,
  { strike, now }: { readonly strike: Strike; readonly now: Date },
): Suppression {
  const known: Suppression = before ?? { address, reason: null, at: null, until: null, bounces: [], version: 0 };
  if (isSuppressed(known, now) && (known.until === null || strike === 'transient bounce')) return known;
  // A suppression that has ended leaves nothing.
  const current = isSuppressed(known, now) ? known : { ...known, reason: null, at: null, until: null };
  return { ...withStrike(current, strike, now), version: known.version + 1 };
}

export const ShownSuppression = z
  .object({
    address: z.string().describe('The address'),
    reason: z.enum(suppressionReasons).describe('An e-mail to it bounced, or its reader complained'),
    at: Timestamp.describe('Since when it is suppressed'),
    until: Timestamp.nullable().describe('When the suppression ends; null: only by DELETE'),
  })
  .meta({
    id: 'EmailSuppression',
    example: { address: 'ann@example.com', reason: 'bounce', at: '2026-01-31T12:00:00.000Z', until: null },
  });

/** @throws AppError NOT_FOUND if it is not suppressed */
export function presentSuppression(suppression: Suppression | undefined, now: Date): z.input<typeof ShownSuppression> {
  const { address, reason, at, until } = found(suppression, 'Suppressed address');
  if (reason === null || at === null || !isSuppressed({ reason, until }, now)) throw notFound('Suppressed address');
  return { address, reason, at, until };
}
