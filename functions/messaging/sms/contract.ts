import { callsOut, reads, reports, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { IdInUrl } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { AcceptedSms, CancelledSms, ListedSms, smsFilters, SmsOrBatch } from './presented-sms.ts';
import { NewSms, smsErrors } from './new-sms.ts';

const MessageOrBatch = IdInUrl.describe('Id of a message or of a batch');

const errorNames = { RATE_LIMITED: messagingErrors.RATE_LIMIT_EXCEEDED, BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE' } as const;

export const sendSms = endpoint('PUT /sms', {
  id: 'sendSms',
  summary: 'Send an SMS to one or many recipients, now or later',
  description:
    'Checks everything, reserves the price and answers before anything is sent. The order of the checks: ' +
    '`settings.sms.enabled`, the fields, the length, the sender, the schedule, `callback_url`, the recipients, the ' +
    'price, the limits of the minute and the day.\n\n' +
    'A fault of one recipient (`RECIPIENT_OPTED_OUT`, `DESTINATION_NOT_ALLOWED`) rejects a request with a single ' +
    'recipient. Of several recipients it makes that message `failed`, and the others are sent. With an ' +
    '`Idempotency-Key` a repeated request sends nothing again.',
  scope: 'messaging:write',
  format: 'reference',
  errorNames,
  body: NewSms,
  answers: { 200: AcceptedSms },
  errors: [
    'INVALID_PHONE_NUMBER',
    'INVALID_SENDER',
    'MESSAGE_TOO_LONG',
    'INSUFFICIENT_CREDITS',
    'SMS_DISABLED',
    'INVALID_SCHEDULE',
    'RECIPIENT_OPTED_OUT',
    'DESTINATION_NOT_ALLOWED',
    'WEBHOOK_URL_NOT_ALLOWED',
  ],
  actsOn: { none: 'the sender is recorded, not changed' },
  effects: [
    reads('number'),
    reads('smsoptout'),
    reads('billingprofile'),
    reads('tariff'),
    writes('balance'),
    writes('usage'),
    writes('rate'),
    writes('batch'),
    writes('sms'),
    writes('smslog'),
    writes('due'),
    callsOut(),
    reports('sms.accepted'),
    reports('sms.queued'),
    reports('sms.failed'),
  ],
});

export const listSms = endpoint('GET /sms', {
  id: 'listSms',
  summary: 'List SMS by state, number, reference or time',
  description:
    'Newest first, without their text. The range from `start` (inclusive) to `end` (exclusive) is at most 31 days; ' +
    'default is the last day.',
  scope: 'messaging:read',
  errorNames,
  query: { ...pageQuery, ...smsFilters },
  answers: { 200: listOf(ListedSms) },
  errors: [],
  effects: [reads('sms'), reads('sms', 'GSI1'), reads('sms', 'GSI2'), reads('batch', 'GSI1'), reads('batch', 'GSI2')],
});

export const getSms = endpoint('GET /sms/{id}', {
  id: 'getSms',
  summary: 'Get the delivery state of an SMS, or of a batch',
  scope: 'messaging:read',
  errorNames,
  params: { id: MessageOrBatch },
  answers: { 200: SmsOrBatch },
  errors: [],
  effects: [reads('sms'), reads('batch')],
});

export const cancelSms = endpoint('DELETE /sms/{id}', {
  id: 'cancelSms',
  summary: 'Cancel a queued SMS, or the queued SMS of a batch',
  description: 'Returns the reserved price of the cancelled messages. A message that is being sent is not cancelled.',
  scope: 'messaging:write',
  unversioned: true,
  errorNames,
  params: { id: MessageOrBatch },
  answers: { 200: CancelledSms },
  errors: ['ALREADY_SENT'],
  effects: [
    writes('sms'),
    writes('smslog'),
    writes('batch'),
    writes('due'),
    writes('balance'),
    writes('usage'),
    reports('sms.cancelled'),
    reports('sms.queued'),
    reports('sms.failed'),
  ],
});

export const smsMessages = resource('sms', {
  area: 'messaging',
  format: 'standard',
  owner: { user: { sms: 'user_id', batch: 'user_id' } },
  errors: { ...smsErrors, ...messagingErrors },
  endpoints: [sendSms, listSms, getSms, cancelSms],
  examples,
});
