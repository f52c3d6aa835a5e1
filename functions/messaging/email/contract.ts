import { reads, reports, storesObjects, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { IdInUrl } from '#schema/values.ts';
import { messagingErrors } from '../schema/errors.ts';
import { AcceptedEmail } from './acceptance.ts';
import { ShownEmailOrBatch } from './batch.ts';
import { emailFilters, ShownEmail } from './email.ts';
import { emailErrors } from './errors.ts';
import { examples } from './examples.ts';
import { SendEmail } from './send-email.ts';

/** Clients of these endpoints know two errors by other names. */
const errorNames = { RATE_LIMITED: messagingErrors.RATE_LIMIT_EXCEEDED, BODY_TOO_LARGE: 'PAYLOAD_TOO_LARGE' } as const;

export const sendEmail = endpoint('PUT /email', {
  id: 'sendEmail',
  summary: 'Send an e-mail made from a template',
  description:
    'Each recipient of `to` gets an e-mail of its own. One recipient is answered with `email_id`, several with ' +
    '`batch_id` and the id of each e-mail.\n\n' +
    'Everything is checked and rendered before the answer; a rejected request sends and counts nothing. The order: ' +
    '`settings.email.enabled`, the fields, the template and its variables, the sender, attachments, the limit of 300 ' +
    'recipients a minute, suppressed recipients.\n\n' +
    'An e-mail from a verified domain may go to anyone. An e-mail from the platform may go to users, the billing ' +
    'contact and addresses that confirmed; others are 422 `SENDER_NOT_VERIFIED`.\n\n' +
    'A suppressed recipient is 422 if it is the only one; of several recipients its e-mail is `failed`. A suppressed ' +
    'copy is left out, with a warning. The body has at most 4 MiB.',
  scope: 'messaging:write',
  format: 'reference',
  body: SendEmail,
  bodyLimit: 4 * 1024 * 1024,
  nullIsAbsent: true,
  errorNames,
  answers: { 200: AcceptedEmail },
  errors: [
    'INVALID_EMAIL_ADDRESS',
    'TEMPLATE_NOT_FOUND',
    'MISSING_REQUIRED_VARIABLE',
    'ATTACHMENT_TOO_LARGE',
    'INVALID_ATTACHMENT',
    'EMAIL_DISABLED',
    'TEMPLATE_NOT_AUTHORIZED',
    'INVALID_TEMPLATE',
    'SENDER_NOT_VERIFIED',
    'RECIPIENT_SUPPRESSED',
    'GATEWAY_ERROR',
  ],
  effects: [
    writes('email'),
    writes('email-batch'),
    reads('emailtemplate'),
    reads('emailtemplate-name'),
    reads('emailtemplate-version'),
    reads('domain'),
    reads('domain-name'),
    reads('email-suppression'),
    reads('user-email'),
    reads('billingprofile'),
    reads('noticeaddress'),
    writes('file'),
    writes('reference'),
    writes('rate'),
    storesObjects('email'),
    reports('email.queued'),
  ],
});

export const listEmails = endpoint('GET /email', {
  id: 'listEmails',
  summary: 'List e-mails by state, recipient or time',
  description:
    'Newest first, without their text. The range from `start` (inclusive) to `end` (exclusive) is at most 31 days; ' +
    'default is the last day. E-mails are kept for 90 days. A caller that is limited to its own records sees the ' +
    'e-mails that it sent itself.',
  scope: 'messaging:read',
  query: { ...pageQuery, ...emailFilters },
  errorNames,
  answers: { 200: listOf(ShownEmail) },
  errors: [],
  effects: [
    reads('email'),
    reads('email', 'GSI1'),
    reads('email', 'GSI2'),
    reads('email-batch', 'GSI1'),
    reads('email-batch', 'GSI2'),
  ],
});

export const getEmail = endpoint('GET /email/{id}', {
  id: 'getEmail',
  summary: 'Get the delivery state of an e-mail or of a batch',
  description: 'Never answers the text of an e-mail.',
  scope: 'messaging:read',
  params: { id: IdInUrl.describe('Id of the e-mail or of the batch') },
  errorNames,
  answers: { 200: ShownEmailOrBatch },
  errors: [],
  effects: [reads('email'), reads('email-batch')],
});

export const emails = resource('email', {
  area: 'messaging',
  format: 'standard',
  owner: { user: { email: 'sent_by', 'email-batch': 'sent_by' } },
  errors: { ...emailErrors, ...messagingErrors },
  endpoints: [sendEmail, listEmails, getEmail],
  examples,
  // The body, the content that is made of it, and its form in JSON.
  memory: 1_024,
});
