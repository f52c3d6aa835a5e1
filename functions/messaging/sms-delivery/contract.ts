import * as z from 'zod';
import { at, on, type TriggeringEvent, type TriggeringPointer } from '#contract/consequences.ts';
import { reads, records, reports, sends, sendsSms, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';
import { hasSms, isNoticeEvent, noticeEvents } from '#schema/notifier/notifier-notice.ts';
import { second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';

/**
 * An SMS to send, a batch whose messages are to be stored, or what is to be announced. Within version 1 only
 * optional fields may be added.
 */
const SmsMessage = z.object({
  schema: z.literal('sms.v1').describe('Version of the message'),
  org_id: z.int().min(1).describe('Organization of the SMS'),
  id: z.string().describe('Id of the SMS, of the batch, of a voicemail message or of a notice to announce'),
  not_before: z.int().optional().describe('Unix milliseconds: its place in the line of its sender'),
});
export type SmsMessage = z.output<typeof SmsMessage>;

/** Longest delay of a message in seconds (Amazon SQS API Reference, SendMessage, DelaySeconds). */
const maxDelay = 900;

/**
 * A message of the queue `sms-send`, grouped by organization so that SQS serves organizations in turn (fair queues).
 * @param wait milliseconds until it is due; the consumer sends a message that arrives too early again
 */
export const smsMessage = ({ org_id, id }: Pick<SmsMessage, 'org_id' | 'id'>, wait = 0, notBefore?: number) => ({
  body: {
    schema: 'sms.v1',
    org_id,
    id,
    ...(notBefore === undefined ? {} : { not_before: notBefore }),
  } satisfies SmsMessage,
  group: organizationText(org_id),
  delay: Math.min(Math.ceil(wait / second), maxDelay),
});

/** The message for the SMS, the batch, the voicemail message or the notice that an event is about. */
const eventMessage = ({ org_id, type, entity, data }: TriggeringEvent) =>
  isNoticeEvent(type) && !hasSms(data) ? null : smsMessage({ org_id, id: entity.id });
const dueMessage = ({ org_id, subject }: TriggeringPointer, delay: number) =>
  smsMessage({ org_id, id: subject }, delay * second);

/** Sends SMS by the provider, twice only if it dies in an attempt (functions/messaging/README.md, "Delivery"). */
export const smsDelivery = consumer('sms-delivery', {
  area: 'messaging',
  queue: 'sms-send',
  message: SmsMessage,
  startedBy: on(['sms.accepted', 'sms.queued', 'voicemail.new', ...noticeEvents], eventMessage),
  due: at('sms.due', dueMessage, { 'sms.due': 'ends' }),
  timeout: 20,
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 5,
  effects: [
    writes('sms'),
    writes('batch'),
    writes('smslog'),
    writes('due'),
    writes('provider-message'),
    writes('rate'),
    writes('balance'),
    writes('chargeday'),
    writes('usage'),
    writes('smsoptout'),
    reads('number'),
    reads('organization'),
    reads('number', 'GSI1'),
    reads('voicemail'),
    reads('event'),
    reads('voicemailprefs'),
    reads('billingprofile'),
    reads('tariff'),
    sends('sms-send'),
    sendsSms(),
    reports('sms.queued'),
    reports('sms.sending'),
    reports('sms.sent'),
    reports('sms.failed'),
    reports('sms.expired'),
    records('sms.optout'),
    reports('balance.low'),
    reports('balance.exhausted'),
  ],
});
