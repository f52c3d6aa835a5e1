import * as z from 'zod';
import {
  at,
  onSubscribed,
  type SubscribedEvent,
  type Subscriber,
  type TriggeringPointer,
} from '#contract/consequences.ts';
import { callsOut, reads, records, reports, rotatesSecret, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { second } from '#schema/time.ts';
import { retryKind, retryOf } from './retry-pointer.ts';

/** An attempt to deliver an event. Within version 1 only optional fields may be added. */
export const AttemptMessage = z.object({
  schema: z.literal('webhook.v1').describe('Version of the message'),
  queue: z.enum(['webhook-deliver', 'webhook-retry']).describe('The queue, which decides how attempts are limited'),
  org_id: z.int().min(1).describe('Organization of the webhook'),
  webhook_id: z.string().describe('Id of the webhook, or `default` for a callback'),
  event_id: z.string().describe('Id of the event'),
  series: z.string().describe('Names the redelivery; empty for the first series of attempts'),
  attempt: z.int().min(1).describe('Number of the attempt in its series'),
  since: z.iso.datetime().describe('When the attempt was due'),
  deferred: z.int().min(0).describe('How often it has waited, as too many attempts were in flight'),
});
export type AttemptMessage = z.output<typeof AttemptMessage>;

/** A redelivery: chosen events, or a range of time, from which a slice is taken. */
export const RedeliveryMessage = z.object({
  schema: z.literal('webhook-redelivery.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the webhook'),
  webhook_id: z.string().describe('Id of the webhook'),
  series: z.string().describe('Names the redelivery'),
  event_ids: z.array(z.string()).nullable().describe('Ids of events; null: a range'),
  since: z.string().nullable().describe('Start of the range (ISO 8601)'),
  until: z.string().nullable().describe('End of the range (ISO 8601)'),
  status: z.enum(['failed', 'all']).describe('Which deliveries of the range'),
  after: z.string().nullable().describe('Cursor after which the range continues'),
});
export type RedeliveryMessage = z.output<typeof RedeliveryMessage>;

/** Longest delay of a message in seconds (Amazon SQS API Reference, SendMessage, DelaySeconds). */
const maxDelay = 900;

/** Fair queues serve groups in turn: a busy receiver does not delay the others. */
const groupOf = ({ org_id, webhook_id }: Pick<AttemptMessage, 'org_id' | 'webhook_id'>): string =>
  `${org_id}/${webhook_id}`;

/** @param wait milliseconds until the attempt */
export const attemptMessage = (fields: Omit<AttemptMessage, 'schema'>, wait = 0) => ({
  body: { ...fields, schema: 'webhook.v1' } satisfies AttemptMessage,
  group: groupOf(fields),
  delay: Math.min(Math.max(0, Math.ceil(wait / second)), maxDelay),
});

export const redeliveryMessage = (fields: Omit<RedeliveryMessage, 'schema'>) => ({
  body: { ...fields, schema: 'webhook-redelivery.v1' } satisfies RedeliveryMessage,
  group: groupOf(fields),
});

/** The message of a first attempt, in the queue for quick receivers or in the other. */
const firstAttempt =
  (queue: AttemptMessage['queue']) =>
  ({ org_id, id, at: since }: SubscribedEvent, subscriber: Subscriber) => {
    if (subscriber.kind !== 'webhook' || subscriber.isQuick !== (queue === 'webhook-deliver')) return null;
    const attempt = { webhook_id: subscriber.id, event_id: id, series: '', attempt: 1 };
    return attemptMessage({ queue, org_id, ...attempt, since, deferred: 0 });
  };

const retryMessage = ({ org_id, subject, at: since }: TriggeringPointer, delay: number) =>
  attemptMessage({ queue: 'webhook-retry', org_id, ...retryOf(subject), since, deferred: 0 }, delay * second);

const common = {
  area: 'system',
  message: z.discriminatedUnion('schema', [AttemptMessage, RedeliveryMessage]),
  effects: [
    writes('webhook'),
    writes('webhookdelivery'),
    writes('webhookhour'),
    writes('webhookflight'),
    writes('due'),
    reads('event'),
    reads('organization'),
    reads('user'),
    writes('email'),
    rotatesSecret('sealing-keys'),
    sends('webhook-retry'),
    callsOut(),
    records('webhook.disabled'),
    reports('email.queued'),
  ],
} as const;

/** First attempts to receivers that answer quickly (functions/platform/webhook-delivery/README.md, "Two queues"). */
export const webhookDelivery = consumer('webhook-delivery', {
  ...common,
  queue: 'webhook-deliver',
  startedBy: onSubscribed(firstAttempt('webhook-deliver')),
  timeout: 20,
  batchSize: 10,
  batchWindow: 0,
  // Each makes one attempt at a time to a receiver; with the leases of the other queue at most 10 are in flight.
  maximumConcurrency: 4,
});

/** Retries, redeliveries, callbacks, and attempts to receivers that may be slow. */
export const webhookRetries = consumer('webhook-retries', {
  ...common,
  folder: 'webhook-delivery',
  queue: 'webhook-retry',
  startedBy: onSubscribed(firstAttempt('webhook-retry')),
  due: at(retryKind, retryMessage, { [retryKind]: 'ends' }),
  timeout: 30,
  batchSize: 50,
  batchWindow: 1,
  maximumConcurrency: 5,
});
