import * as z from 'zod';
import { on, type TriggeringEvent } from '#contract/consequences.ts';
import { reads, readsObjects, records, reports, sends, sendsEmail, storesObjects, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { ProviderReport } from './report.ts';

/** An e-mail to send, or a batch to announce. Within version 1 only optional fields may be added. */
const EmailMessage = z.object({
  schema: z.literal('email.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the e-mail'),
  email_id: z.string().describe('Id of the e-mail or of the batch'),
});
export type EmailMessage = z.output<typeof EmailMessage>;

/** Longest delay of a message in seconds (Amazon SQS API Reference, SendMessage, DelaySeconds). */
const maxDelay = 900;

/**
 * A message of the queue `email-send`, grouped by organization so that SQS serves organizations in turn (fair queues).
 * @param wait milliseconds until the next attempt; the consumer sends a message that arrives too early again
 */
export const emailMessage = ({ org_id, email_id }: Omit<EmailMessage, 'schema'>, wait = 0) => ({
  body: { schema: 'email.v1', org_id, email_id } satisfies EmailMessage,
  group: organizationText(org_id),
  delay: Math.min(Math.ceil(wait / second), maxDelay),
});

/** The message for the e-mail that an event announces. */
const queuedMessage = ({ org_id, entity }: TriggeringEvent) => emailMessage({ org_id, email_id: entity.id });

/**
 * Sends e-mails by the provider, twice only if an attempt breaks off, and takes the provider's reports about them
 * (functions/messaging/README.md, "E-mail"). One queue for both: a second one would be polled at a price, for messages
 * about the same items.
 */
export const emailDelivery = consumer('email-delivery', {
  area: 'messaging',
  queue: 'email-send',
  message: z.union([EmailMessage, ProviderReport]),
  startedBy: on('email.queued', queuedMessage),
  reports: 'email',
  timeout: 20,
  batchSize: 5,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [
    writes('email'),
    writes('email-batch'),
    writes('email-suppression'),
    writes('reference'),
    storesObjects('email'),
    readsObjects('files'),
    readsObjects('voicemail'),
    reads('user-email'),
    reads('billingprofile'),
    writes('noticeaddress'),
    reads('organization'),
    writes('rate'),
    sends('email-send'),
    sendsEmail('platform'),
    sendsEmail('domain'),
    reports('email.queued'),
    reports('email.sent'),
    reports('email.delivered'),
    reports('email.bounced'),
    reports('email.complained'),
    reports('email.failed'),
    reports('email.opened'),
    reports('email.clicked'),
    records('email.suppressed'),
  ],
});
