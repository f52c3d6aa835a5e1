import type { Email, EmailStatus } from '../../../shared/schema/email.ts';

/** How an e-mail goes from `queued` over `sending` to `sent` or `failed` (messaging.md, "E-mail", States). */

/** Milliseconds for which a try has the e-mail to itself. */
const lease = 120_000;

/** Milliseconds between a try that failed and the next. */
const waits = [30_000, 120_000, 600_000, 1_800_000] as const;
/** Tries of one e-mail. */
const maxTries = waits.length + 1;

/**
 * What is to be done: nothing any more, later (milliseconds), a try, or the end, as the last try never told of its own.
 */
export type Step = 'nothing' | 'try' | 'end' | number;

export function stepOf({ status, attempts, next_at }: Email, now: number): Step {
  if (status !== 'queued' && status !== 'sending') return 'nothing';
  if (next_at > now) return next_at - now;
  return attempts < maxTries ? 'try' : 'end';
}

const inState = (email: Email, status: EmailStatus, now: Date, more: Partial<Email> = {}): Email => ({
  ...email,
  status,
  timestamps: { ...email.timestamps, [status]: now.toISOString() },
  version: email.version + 1,
  ...more,
});

export const begun = (email: Email, now: Date): Email =>
  inState(email, 'sending', now, { attempts: email.attempts + 1, next_at: now.getTime() + lease });

/** What nobody sends any more has no body. */
export const sent = (email: Email, now: Date, by: Pick<Email, 'from' | 'provider_message_id'>): Email =>
  inState(email, 'sent', now, { ...by, text: null, error: null });

export const failed = (email: Email, now: Date, error: NonNullable<Email['error']>): Email =>
  inState(email, 'failed', now, { text: null, error });

/** Why an e-mail failed that the provider might have taken. */
export const unavailable = 'PROVIDER_UNAVAILABLE';

/** After a try that failed for now: it waits for the next, or was the last. @param chance 0–1 */
export function triedInVain(
  email: Email,
  now: Date,
  { problem, chance }: { readonly problem: string; readonly chance: number },
): Email {
  const error = { code: unavailable, message: problem };
  const wait = waits[email.attempts - 1];
  return wait === undefined
    ? failed(email, now, error)
    : inState(email, 'queued', now, { error, next_at: now.getTime() + Math.round(wait * (0.8 + 0.4 * chance)) });
}
