import type { Email, EmailStatus } from '#schema/email.ts';
import { minute, second } from '#schema/time.ts';

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
  if (isFinished({ status })) return 'nothing';
  if (next_at > now) return next_at - now;
  return attempts < maxAttempts ? 'attempt' : 'give up';
}

/** Whether no further attempt is made. */
export const isFinished = ({ status }: Pick<Email, 'status'>): boolean => status !== 'queued' && status !== 'sending';

/** The next version of an e-mail, in a state that it enters. */
export const inState = (email: Email, status: EmailStatus, now: Date, fields: Partial<Email> = {}): Email => ({
  ...email,
  status,
  timestamps: { ...email.timestamps, [status]: now.toISOString() },
  version: email.version + 1,
  ...fields,
});

/** The e-mail while an attempt runs. */
export const startAttempt = (email: Email, now: Date): Email =>
  inState(email, 'sending', now, { attempts: email.attempts + 1, next_at: now.getTime() + lease });

/** The body of an e-mail that is not sent again: it concerns calls and messages of people. */
export const noBody = { text: null, html: null, variables: null } as const;

/** The e-mail that the provider accepted. Its text is deleted, as it is not sent again. */
export const markSent = (email: Email, now: Date, by: Pick<Email, 'from' | 'provider_message_id'>): Email =>
  inState(email, 'sent', now, { ...by, ...noBody, error: null });

/** The e-mail that is not sent any more. Its text is deleted. */
export const markFailed = (email: Email, now: Date, error: NonNullable<Email['error']>): Email =>
  inState(email, 'failed', now, { ...noBody, error });

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

/** What happened to an e-mail in each state that has an event. */
const outcomes = {
  sent: { event: 'email.sent', text: 'E-mail sent' },
  delivered: { event: 'email.delivered', text: 'E-mail delivered' },
  bounced: { event: 'email.bounced', text: 'E-mail bounced', severity: 'warning' },
  complained: { event: 'email.complained', text: 'E-mail reported as unwanted', severity: 'warning' },
  failed: { event: 'email.failed', text: 'E-mail failed', severity: 'warning' },
} as const;

/** The event of an e-mail that entered its state; undefined for states without one. */
export function deliveryEvent({ id, status, subject, template, to, cc, error, cause }: Email) {
  if (status === 'queued' || status === 'sending') return undefined;
  const { event: type, text, ...severity } = outcomes[status];
  const fields = { template, to, cc, ...(error === null ? {} : { error }) };
  return { type, entity: { type: 'email', id }, fields, description: `${text}: ${subject}`, ...severity, cause };
}
