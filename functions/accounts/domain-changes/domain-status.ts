import { isDeepStrictEqual } from 'node:util';
import type { Domain } from '#schema/domain.ts';
import { day, minute } from '#schema/time.ts';

/**
 * What the provider and other organizations change of a domain: whether e-mail can be sent from it
 * (functions/accounts/domains/README.md, "E-mail of a domain"), and its claim to the name.
 */

type Identity = { readonly status: NonNullable<Domain['email_status']>; readonly dkim: Domain['dkim'] };

/** The domain with the state of its identity; undefined if nothing changes. */
export const withIdentity = (before: Domain, { status, dkim }: Identity): Domain | undefined =>
  before.email_status === status && isDeepStrictEqual(before.dkim, dkim)
    ? undefined
    : { ...before, email_status: status, dkim, version: before.version + 1 };

/** SES gives up after 72 hours (SES Developer Guide, "Verifying a domain identity"). */
const pendingTime = 4 * day;
/** Longest time between two looks at a new identity, a power of two of minutes. */
const longestStep = 64 * minute;

/** A power of two of minutes, about a tenth of the age in milliseconds. */
const stepAt = (age: number): number =>
  Math.min(minute * 2 ** Math.floor(Math.log2(Math.max(age / 10, minute) / minute)), longestStep);

/**
 * When the state of an identity is read again: of one that is new and pending after about a tenth of the time since its
 * domain was verified; of all others once a day, as the provider takes a verification back if the records are gone. The
 * instants depend on the time of that verification only, so that repeated messages make one pointer.
 * @param verifiedAt ISO 8601 @param now Unix milliseconds
 */
export function nextPoll(status: Identity['status'], verifiedAt: string | null, now: number): string {
  const start = Math.floor(Date.parse(verifiedAt ?? new Date(0).toISOString()) / minute) * minute;
  const age = Math.max(0, now - start);
  const step = status === 'pending' && age < pendingTime ? stepAt(age) : day;
  return new Date(start + (Math.floor(age / step) + 1) * step).toISOString();
}

/** What is recorded of a change of the state; undefined: nothing, as the identity is new or its state is the same. */
export function emailStatusChange(before: Domain, after: Domain) {
  if (before.email_status === null || before.email_status === after.email_status) return undefined;
  return {
    entity: { type: 'domain', id: after.id },
    description: `E-mail of ${after.domain}: ${before.email_status}, now ${after.email_status ?? 'none'}`,
    severity: after.email_status === 'verified' ? 'info' : 'warning',
    before,
    after,
  } as const;
}

/** Another organization has verified the name of this domain; undefined if nothing changes. */
export const loseClaim = (before: Domain, now: string): Domain | undefined =>
  before.status === 'active' || (before.status === 'inactive' && before.verified_at === null)
    ? undefined
    : { ...before, status: 'inactive', verified_at: null, updated_at: now, version: before.version + 1 };
