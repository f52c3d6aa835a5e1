import { day, hour, minute, second } from '../time.ts';

/** The delivery of an event to a webhook, over all its attempts (functions/platform/README.md, "Delivery"). */

export const deliveryStatuses = ['pending', 'delivered', 'failed'] as const;

/** The last attempt, or why there was none. */
export type AttemptedDelivery = {
  readonly response_status: number | null;
  readonly duration_ms: number | null;
  /** A code; null after a success. */
  readonly error: string | null;
  /** The beginning of the answer's body. */
  readonly response_excerpt: string | null;
};

export type Delivery = AttemptedDelivery & {
  readonly id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: string;
  /** Names the redelivery that the attempts belong to; empty for the first series. */
  readonly series: string;
  /** Attempts of the series. */
  readonly attempt: number;
  readonly status: (typeof deliveryStatuses)[number];
  /** ISO 8601: of the last attempt, or when it was queued. */
  readonly at: string;
  /** ISO 8601; null unless it is pending. */
  readonly next_attempt_at: string | null;
  /** Unix seconds. */
  readonly expires_at: number;
  readonly version: number;
};

/** What an attempt found. */
export type AttemptOutcome = AttemptedDelivery & {
  readonly duration_ms: number;
  /** Milliseconds that the receiver asks to wait; null: it does not. */
  readonly retry_after: number | null;
};

/** Waits after each failed attempt; after the last attempt the delivery has failed. */
const waits = [
  5 * second,
  30 * second,
  2 * minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  8 * hour,
] as const;
/** Waits differ by a tenth, so that the retries of an outage do not come together. */
const spread = 0.1;
/** Longest wait that a receiver may ask for. */
const maxRetryAfter = hour;
/** Longest wait of a message in a queue; longer ones are due pointers. */
export const maxQueueWait = 15 * minute;
/** Longest wait of an attempt until fewer are in flight; the delivery has failed then. */
const longestTurn = day;
const kept = 7 * day;

/** Id of the delivery of an event: they have the same ULID. */
const deliveryId = (eventId: string): string => `dlv_${eventId.slice(eventId.indexOf('_') + 1)}`;

type Subject = { readonly webhookId: string; readonly event: { readonly id: string; readonly type: string } };

/** A delivery before its first attempt. */
export const newDelivery = ({ webhookId, event }: Subject, series: string, now: Date): Delivery => ({
  id: deliveryId(event.id),
  webhook_id: webhookId,
  event_id: event.id,
  event_type: event.type,
  series,
  attempt: 0,
  status: 'pending',
  response_status: null,
  duration_ms: null,
  error: null,
  response_excerpt: null,
  at: now.toISOString(),
  next_attempt_at: null,
  expires_at: Math.floor((now.getTime() + kept) / second),
  version: 0,
});

/** The wait after a failed attempt in milliseconds; undefined after the last. @param chance 0–1, spreads the wait */
export function waitAfter(attempt: number, retryAfter: number | null, chance: number): number | undefined {
  const wait = waits[attempt - 1];
  if (wait === undefined) return undefined;
  const spreadWait = Math.round(wait * (1 - spread + 2 * spread * chance));
  return Math.max(spreadWait, Math.min(retryAfter ?? 0, maxRetryAfter));
}

const attempted = ({
  response_status,
  duration_ms,
  error,
  response_excerpt,
}: AttemptedDelivery): AttemptedDelivery => ({
  response_status,
  duration_ms,
  error,
  response_excerpt,
});

/** The delivery after an attempt. @param chance 0–1 @param isFinal whether no other attempt follows a failure */
export function afterAttempt(
  before: Delivery,
  outcome: AttemptOutcome,
  { now, chance, isFinal }: { readonly now: Date; readonly chance: number; readonly isFinal: boolean },
): Delivery {
  const attempt = before.attempt + 1;
  const wait = outcome.error === null || isFinal ? undefined : waitAfter(attempt, outcome.retry_after, chance);
  const ended = outcome.error === null ? 'delivered' : 'failed';
  return {
    ...before,
    ...attempted(outcome),
    attempt,
    status: wait === undefined ? ended : 'pending',
    at: now.toISOString(),
    next_attempt_at: wait === undefined ? null : new Date(now.getTime() + wait).toISOString(),
    version: before.version + 1,
  };
}

/** The delivery that ends without another attempt. @param error a code */
export const abandon = (before: Delivery, error: string, now: Date): Delivery => ({
  ...before,
  error,
  status: 'failed',
  at: now.toISOString(),
  next_attempt_at: null,
  version: before.version + 1,
});

/** The delivery that begins again by a redelivery. */
export const restartDelivery = (before: Delivery, series: string, now: Date): Delivery => ({
  ...newDelivery(
    { webhookId: before.webhook_id, event: { id: before.event_id, type: before.event_type } },
    series,
    now,
  ),
  version: before.version + 1,
});

/** Whether a redelivery makes a delivery again; one that is pending is under way already. */
export const isChosen = ({ status }: Pick<Delivery, 'status'>, wanted: 'failed' | 'all'): boolean =>
  status === 'failed' || (wanted === 'all' && status === 'delivered');

/** The attempt that a message asks for. */
export type AskedAttempt = { readonly series: string; readonly attempt: number };

/**
 * What to do for a message: an attempt; nothing, as it was made or is of an earlier series; to record that its delivery
 * has expired, as after an outage; or to send the message of an attempt again, to be handled in so many milliseconds.
 */
export type Step = 'attempt' | 'nothing' | 'expired' | { readonly attempt: number; readonly wait: number };

/** @param isRepeated whether the message was received before, by a process that may have died in the middle */
export function stepOf(
  delivery: Delivery | undefined,
  { series, attempt }: AskedAttempt,
  isRepeated: boolean,
  now: Date,
): Step {
  if (delivery === undefined) return series === '' && attempt === 1 ? 'attempt' : 'expired';
  if (delivery.status !== 'pending' || delivery.series !== series) return 'nothing';
  const wait = delivery.next_attempt_at === null ? 0 : Date.parse(delivery.next_attempt_at) - now.getTime();
  if (delivery.attempt === attempt - 1) return wait > second ? { attempt, wait } : 'attempt';
  // The message of the next attempt follows the transaction, so it may be missing.
  return isRepeated && delivery.attempt === attempt && wait <= maxQueueWait
    ? { attempt: attempt + 1, wait: Math.max(wait, 0) }
    : 'nothing';
}

/** The wait of an attempt that was not free, the longer the more often. @param chance 0–1 */
export const deferral = (deferred: number, chance: number): number =>
  Math.min(5 * second * 2 ** Math.min(deferred, 10), maxQueueWait) * (0.75 + 0.25 * chance);

/** Whether an attempt has waited too long for its turn. @param since ISO 8601: when it was due */
export const isTooLate = (since: string, now: Date): boolean => now.getTime() - Date.parse(since) >= longestTurn;

const seconds = /^[0-9]+$/;
/** All forms of dates in HTTP begin with the name of a day (RFC 9110 §5.6.7). */
const date = /^[A-Z][a-z]{2}/;

/**
 * The wait of a `Retry-After` in milliseconds, an hour at most: seconds or a date (RFC 9110 §10.2.3); null if it is
 * neither.
 */
export function retryAfterOf(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  if (seconds.test(text)) return Math.min(Number(text) * second, maxRetryAfter);
  const at = date.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? null : Math.min(Math.max(0, at - now.getTime()), maxRetryAfter);
}

/** Statuses whose `Retry-After` is honoured. */
const asksToWait: ReadonlySet<number> = new Set([429, 503]);

const errorOf = (status: number): string | null => {
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return 'REDIRECTED';
  return status === 410 ? 'GONE' : 'HTTP_ERROR';
};

type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly excerpt: string;
  readonly duration_ms: number;
};

/** The host to which an answer redirects, for the organization that looks for the reason. */
function redirection(headers: Answer['headers']): string {
  const { location = '' } = headers;
  const host = URL.canParse(location) ? new URL(location).host : '';
  return host === '' ? '' : `Redirects to ${host}\n`;
}

/** What an attempt with an answer found. */
export const outcomeOfAnswer = ({ status, headers, excerpt, duration_ms }: Answer, now: Date): AttemptOutcome => ({
  response_status: status,
  duration_ms,
  error: errorOf(status),
  response_excerpt: errorOf(status) === 'REDIRECTED' ? `${redirection(headers)}${excerpt}` : excerpt,
  retry_after: asksToWait.has(status) ? retryAfterOf(headers['retry-after'], now) : null,
});

/** What an attempt without an answer found. @param error a code */
export const outcomeOfFailure = (error: string, duration: number): AttemptOutcome => ({
  response_status: null,
  duration_ms: duration,
  error,
  response_excerpt: null,
  retry_after: null,
});
