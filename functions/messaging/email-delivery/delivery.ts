import type { Email, EmailStatus } from '../../../shared/schema/email.ts';
import { minute, second } from '../../../shared/schema/time.ts';

/** The states of an e-mail: `queued`, `sending`, then `sent` or `failed` (functions/messaging/README.md, "E-mail"). */

/** Milliseconds for which an attempt holds the e-mail alone. */
const lease = 2 * minute;

/** Milliseconds between a failed attempt and the next, ± 20 %. */
const waits = [30 * second, 2 * minute, 10 * minute, 30 * minute] as const;
/** Attempts for one e-mail. */
const maxAttempts = waits.length + 1;

/**
 * What to do with an e-mail: nothing, as it is finished; an attempt; an attempt in so many milliseconds; or to give up,
 * as the last attempt broke off.
 */
export type Step = 'nothing' | 'attempt' | 'give up' | number;

/** @param now Unix milliseconds */
export function stepOf({ status, attempts, next_at }: Email, now: number): Step {
  if (status !== 'queued' && status !== 'sending') return 'nothing';
  if (next_at > now) return next_at - now;
  return attempts < maxAttempts ? 'attempt' : 'give up';
}

const inState = (email: Email, status: EmailStatus, now: Date, fields: Partial<Email> = {}): Email => ({
  ...email,
  status,
  timestamps: { ...email.timestamps, [status]: now.toISOString() },
  version: email.version + 1,
  ...fields,
});

/** The e-mail while an attempt runs. */
export const startAttempt = (email: Email, now: Date): Email =>
  inState(email, 'sending', now, { attempts: email.attempts + 1, next_at: now.getTime() + lease });

/** The e-mail that the provider accepted. Its text is deleted, as it is not sent again. */
export const markSent = (email: Email, now: Date, by: Pick<Email, 'from' | 'provider_message_id'>): Email =>
  inState(email, 'sent', now, { ...by, text: null, error: null });

/** The e-mail that is not sent any more. Its text is deleted. */
export const markFailed = (email: Email, now: Date, error: NonNullable<Email['error']>): Email =>
  inState(email, 'failed', now, { text: null, error });

/** Error code of an e-mail that failed because the provider was not available. */
export const unavailable = 'PROVIDER_UNAVAILABLE';

/**
 * The e-mail after an attempt that failed for now: it waits for the next attempt, or has failed with the last.
 * @param chance 0–1, spreads the wait
 */
export function retryLater(
  email: Email,
  now: Date,
  { problem, chance }: { readonly problem: string; readonly chance: number },
): Email {
  const error = { code: unavailable, message: problem };
  const wait = waits[email.attempts - 1];
  return wait === undefined
    ? markFailed(email, now, error)
    : inState(email, 'queued', now, { error, next_at: now.getTime() + Math.round(wait * (0.8 + 0.4 * chance)) });
}

/** The audit event of an e-mail in a final state; undefined in other states. */
export function deliveryEvent({ id, status, subject, template, to, cc, error }: Email) {
  const entity = { type: 'email', id };
  const fields = { template, to, cc };
  if (status === 'sent') return { type: 'email.sent', entity, fields, description: `E-mail sent: ${subject}` } as const;
  if (status !== 'failed') return undefined;
  return {
    type: 'email.failed',
    entity,
    fields: { ...fields, error },
    description: `E-mail failed: ${subject}`,
    severity: 'warning',
  } as const;
}
