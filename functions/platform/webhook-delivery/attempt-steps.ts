import type { EventItem } from '#dynamodb/rows/event.ts';
import type { Brake } from '#limits/brake.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { Seals } from '#secrets/seals.ts';
import type { Message } from '#queue/queues.ts';
import { type Email, queuedDetails } from '#schema/email.ts';
import { webhookBody } from '#schema/webhook/body.ts';
import {
  abandon,
  afterAttempt,
  type AttemptOutcome,
  type Delivery,
  maxQueueWait,
  newDelivery,
  stepOf,
} from '#schema/webhook/delivery.ts';
import { healthAfter, hasFailedTooLong } from '#schema/webhook/health.ts';
import { second } from '#schema/time.ts';
import { paceAfter } from '#schema/webhook/pace.ts';
import { disableWebhook, type Webhook } from '#schema/webhook/webhook.ts';
import { postEvent } from '#webhooks/post.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import { organizationText } from '#schema/values.ts';
import { attemptMessage, type AttemptMessage, type webhookRetries } from './contract.ts';
import {
  attemptCount,
  conditionWrite,
  deliveryStore,
  disableWrite,
  emailWrite,
  retryWrite,
  stateWrite,
} from './store.ts';

const reasons = {
  gone: 'its receiver answered 410 (Gone)',
  failing: 'no request has succeeded for five days',
  requested: 'a client disabled it',
} as const;

/** The e-mail that says that the platform disabled a webhook. @param now ISO 8601 */
export const disabledNotice = (
  { id, org_id: organization, url, disabled_reason: reason }: Webhook,
  { emailId, address, now }: { readonly emailId: string; readonly address: string; readonly now: string },
): Email =>
  noticeEmail({
    id: emailId,
    to: address,
    template: 'webhook_disabled',
    variables: { webhook: id, organization: organizationText(organization), url, reason: reasons[reason ?? 'failing'] },
    now,
  });

type Context = BackgroundContext<typeof webhookRetries>;

export type DeliveryContext = Context & {
  readonly seals: Seals;
  /** Commits a change of a receiver, in one transaction with those of others that come at the same time. */
  readonly commitWithOthers: (receiver: string) => Context['tryCommit'];
  /** Counts in the windows of this process: one in the store for each attempt would cost more than the attempt. */
  readonly brakeHosts: Brake<'webhook-delivery'>;
  /** Sends a message to the queue of retries, together with others that come at the same time. */
  readonly sendRetry: (message: Message) => Promise<void>;
};

/** A message with what it is about, as read at the start of its batch. */
export type Job = {
  readonly message: AttemptMessage;
  /** Whether it was received before. */
  readonly isRepeated: boolean;
  readonly stored: Delivery | undefined;
  readonly event: EventItem | undefined;
};

/** What an attempt is about. */
type Subject = {
  readonly webhook: Webhook;
  /** As stored; undefined before the first attempt. */
  readonly stored: Delivery | undefined;
  readonly before: Delivery;
  readonly event: EventItem;
};

/** Sends the message of an attempt to the queue of retries. @param wait milliseconds */
export const sendAttempt = (
  message: Omit<AttemptMessage, 'schema' | 'queue'>,
  wait: number,
  { sendRetry }: DeliveryContext,
): Promise<void> => sendRetry(attemptMessage({ ...message, queue: 'webhook-retry' }, wait));

/** The writes that disable a webhook, and tell the organization. */
async function disableWrites(before: Webhook, after: Webhook, context: DeliveryContext) {
  const record = context.recorderOf(after.org_id);
  const event = record('webhook.disabled', {
    entity: { type: 'webhook', id: after.id },
    description: `Webhook to ${after.url ?? ''} disabled: ${after.disabled_reason ?? ''}`,
    severity: 'warning',
    fields: { url: after.url, reason: after.disabled_reason },
  });
  const address = await deliveryStore(context.tableOf(after.org_id)).contactAddress();
  if (address === undefined) return [disableWrite(before, after), event];
  const now = context.clock().toISOString();
  const email = disabledNotice(after, { emailId: context.nextId('eml'), address, now });
  return [disableWrite(before, after), event, emailWrite(email), record('email.queued', queuedDetails(email))];
}

/** The writes for what an attempt tells about the webhook. `default` has many receivers, and no condition. */
async function webhookWrites(before: Webhook, outcome: AttemptOutcome, context: DeliveryContext) {
  if (before.url === null) return [];
  const now = context.clock();
  const { error } = outcome;
  const health = healthAfter(before.health, error === null, now);
  const after = { ...before, health, pace: paceAfter(before.pace, outcome, now) };
  if (error === 'GONE') return disableWrites(before, disableWebhook(after, 'gone', now), context);
  if (error !== null && hasFailedTooLong(health, now))
    return disableWrites(before, disableWebhook(after, 'failing', now), context);
  return health === before.health && after.pace === before.pace ? [] : [conditionWrite(after)];
}

/** The writes of a new state: a wait that is too long for a queue becomes a pointer. */
const stateWrites = ({ webhook, stored }: Pick<Subject, 'webhook' | 'stored'>, after: Delivery, now: Date) => [
  stateWrite(stored, after),
  ...(after.next_attempt_at !== null && waitOf(after, now) > maxQueueWait
    ? [retryWrite(webhook.org_id, after, after.next_attempt_at)]
    : []),
];

const waitOf = ({ next_attempt_at: at }: Delivery, now: Date): number =>
  at === null ? 0 : Date.parse(at) - now.getTime();

/** Sends the message of the next attempt, unless a pointer or nothing follows. */
async function sendNext(message: AttemptMessage, after: Delivery, context: DeliveryContext): Promise<void> {
  const { next_attempt_at: since, attempt, series } = after;
  const wait = waitOf(after, context.clock());
  if (since === null || wait > maxQueueWait) return;
  await sendAttempt({ ...message, series, attempt: attempt + 1, since, deferred: 0 }, wait, context);
}

/**
 * Stores what came of an attempt, once: not if another process has stored the same attempt, and not if the webhook was
 * deleted.
 * @param outcome undefined if there was no attempt
 */
async function conclude(
  subject: Subject,
  { message, after, outcome }: { message: AttemptMessage; after: Delivery; outcome: AttemptOutcome | undefined },
  context: DeliveryContext,
): Promise<void> {
  const { org_id: organization, webhook_id: webhookId, event_id: eventId } = message;
  const store = deliveryStore(context.tableOf(organization));
  let read: Pick<Subject, 'webhook' | 'stored'> | undefined = subject;
  const conclusion: { isStored: boolean } = { isStored: false };
  const decide = async () => {
    const [webhook, stored] =
      read === undefined
        ? await Promise.all([store.webhook(webhookId), store.delivery(webhookId, eventId)])
        : [read.webhook, read.stored];
    read = undefined;
    const isCurrent = stored?.version === subject.stored?.version;
    conclusion.isStored = webhook !== undefined && isCurrent;
    if (webhook === undefined || !isCurrent) return [];
    const now = context.clock();
    return [
      ...stateWrites({ webhook, stored }, after, now),
      ...(outcome === undefined ? [] : [attemptCount(webhookId, outcome.error === null, now)]),
      ...(outcome === undefined ? [] : await webhookWrites(webhook, outcome, context)),
    ];
  };
  await context.transact(organization, decide, context.commitWithOthers(webhookId));
  if (conclusion.isStored) await sendNext(message, after, context);
}

/** Records the failure of a delivery that has expired: else the event would be gone without a trace. */
function recordExpired(webhook: Webhook, event: EventItem, message: AttemptMessage, context: DeliveryContext) {
  const now = context.clock();
  const before = {
    ...newDelivery({ webhookId: webhook.id, event }, message.series, now),
    attempt: message.attempt - 1,
  };
  const after = abandon(before, 'TOO_LATE', now);
  return conclude({ webhook, stored: undefined, before, event }, { message, after, outcome: undefined }, context);
}

/** What a message is about, if there is an attempt to make for it. */
async function prepare(
  webhook: Webhook,
  { message, isRepeated, stored, event }: Job,
  context: DeliveryContext,
): Promise<Subject | undefined> {
  if (event === undefined) return undefined;
  const now = context.clock();
  const step = stepOf(stored, message, isRepeated, now);
  if (typeof step === 'object')
    await sendAttempt({ ...message, attempt: step.attempt, since: now.toISOString() }, step.wait, context);
  if (step === 'expired') await recordExpired(webhook, event, message, context);
  if (step !== 'attempt') return undefined;
  return { webhook, stored, event, before: stored ?? newDelivery({ webhookId: webhook.id, event }, '', now) };
}

/** Makes an attempt, if one is due. @returns its duration in milliseconds; 0 if there was none */
export async function attempt(webhook: Webhook, job: Job, context: DeliveryContext): Promise<number> {
  const { message } = job;
  const subject = await prepare(webhook, job, context);
  if (subject === undefined) return 0;
  const { before, event } = subject;
  const url = webhook.url ?? event.callback_url;
  if (url === undefined) return 0;
  if (!webhook.enabled) {
    const after = abandon(before, 'DISABLED', context.clock());
    await conclude(subject, { message, after, outcome: undefined }, context);
    return 0;
  }
  const sending = { organization: message.org_id, target: new URL(url).hostname };
  const wait = await context.brakeHosts('webhook-delivery', sending, context.clock());
  if (wait > 0) {
    await sendAttempt(message, wait * second, context);
    return 0;
  }
  const outcome = await postEvent(context, { webhook, url, eventId: event.id, body: webhookBody(event) });
  const after = afterAttempt(before, outcome, {
    now: context.clock(),
    chance: context.random(),
    isFinal: outcome.error === 'GONE',
  });
  await conclude(subject, { message, after, outcome }, context);
  return outcome.duration_ms;
}

/** The outcome of an attempt that is not made, as too many are in flight to a receiver that fails. */
const overloaded = { response_status: null, duration_ms: 0, error: 'OVERLOADED', response_excerpt: null } as const;

/** Counts an attempt as failed without making it. @param error a code: no further attempt follows */
export async function skipAttempt(
  webhook: Webhook,
  job: Job,
  context: DeliveryContext,
  error?: 'TOO_LATE',
): Promise<void> {
  const subject = await prepare(webhook, job, context);
  if (subject === undefined) return;
  const now = context.clock();
  const after =
    error === undefined
      ? afterAttempt(
          subject.before,
          { ...overloaded, retry_after: null },
          { now, chance: context.random(), isFinal: false },
        )
      : abandon(subject.before, error, now);
  await conclude(subject, { message: job.message, after, outcome: undefined }, context);
}
