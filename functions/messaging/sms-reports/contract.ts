import * as z from 'zod';
import { reads, records, reports, sends, writes } from '#contract/effects.ts';
import { consumer } from '#contract/resource.ts';

/** A notification of SNS to a queue (Amazon SNS Developer Guide, "Fanout to Amazon SQS queues"). */
const Notification = z.object({
  Type: z.literal('Notification').describe('Kind of the notification'),
  Timestamp: z.iso.datetime().describe('When it was published'),
  Message: z.string().describe('Report of AWS End User Messaging or SNS, as JSON'),
});
export type Notification = z.output<typeof Notification>;

/** A message with an entry of a delivery log, in the form of a notification. @param timestamp Unix milliseconds */
export const reportMessage = ({ timestamp, message }: { readonly timestamp: number; readonly message: string }) => ({
  body: {
    Type: 'Notification',
    Timestamp: new Date(timestamp).toISOString(),
    Message: message,
  } satisfies Notification,
});

/**
 * Takes what the provider reports: receipts of SMS, and received SMS (functions/messaging/sms-reports/README.md). The
 * queue's policy lets only the provider's topic and this function send, so that no signature is needed. CloudWatch Logs
 * invokes it with delivery logs of SNS.
 */
export const smsReports = consumer('sms-reports', {
  area: 'messaging',
  queue: 'sms-reports',
  message: Notification,
  reports: 'sms',
  timeout: 10,
  batchSize: 10,
  batchWindow: 0,
  maximumConcurrency: 2,
  effects: [
    reads('provider-message'),
    reads('number'),
    reads('organization'),
    writes('sms'),
    writes('smslog'),
    writes('smsoptout'),
    writes('rate'),
    sends('sms-send'),
    sends('sms-reports'),
    reports('sms.delivered'),
    reports('sms.failed'),
    reports('sms.expired'),
    reports('sms.received'),
    reports('sms.optout_suspected'),
    records('sms.optout'),
    records('sms.optin'),
    reports('sms.queued'),
  ],
});
