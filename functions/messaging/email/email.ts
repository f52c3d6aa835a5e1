import * as z from 'zod';
import { emailStatuses, type Email } from '#schema/email.ts';
import { Email as Address, Id, Instant, Timestamp } from '#schema/values.ts';

/** E-mails as listed and answered (functions/messaging/README.md, "E-mail"). */

export const ShownEmail = z
  .object({
    email_id: Id('eml').describe('Id'),
    batch_id: z.string().nullable().describe('Id of the batch; null for an e-mail alone'),
    status: z.enum(emailStatuses).describe('State'),
    to: z.array(z.string()).describe('Recipient'),
    cc: z.array(z.string()).describe('Recipients of copies'),
    from: z.string().nullable().describe('Sender; null until the e-mail is sent, if that is the platform'),
    reference: z.string().nullable().describe('Text of the sender; null without one'),
    template: z.string().describe('Name of the template'),
    template_version: z.int().describe('Version of the template'),
    subject: z.string().describe('Subject'),
    attempts: z.int().describe('Number of attempts to send it'),
    provider_message_id: z.string().nullable().describe("The provider's id; null until the e-mail is sent"),
    error: z
      .object({
        code: z
          .string()
          .describe(
            'PROVIDER_UNAVAILABLE, REJECTED, BOUNCED, COMPLAINED, RECIPIENT_SUPPRESSED, RECIPIENT_NOT_CONFIRMED or ' +
              'NOTICE_LIMIT',
          ),
        message: z.string().describe('Answer of the provider, or the reason why it was not called'),
      })
      .nullable()
      .describe('Error of the last attempt; null if there was none'),
    opens: z.int().describe('How often it was opened'),
    clicks: z.int().describe('How often a link in it was followed'),
    timestamps: z.partialRecord(z.enum(emailStatuses), Timestamp).describe('Time at which it entered each state'),
    created_at: Timestamp.describe('Time of creation'),
  })
  .meta({
    id: 'Email',
    example: {
      email_id: 'eml_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      batch_id: null,
      status: 'delivered',
      to: ['ann@example.com'],
      cc: [],
      from: 'billing@acme.example',
      reference: 'invoice 4711',
      template: 'invoice',
      template_version: 3,
      subject: 'Your invoice of January',
      attempts: 1,
      provider_message_id: '0100018d5f3c2a1b-example-000000',
      error: null,
      opens: 1,
      clicks: 0,
      timestamps: {
        queued: '2026-01-31T12:00:00.000Z',
        sending: '2026-01-31T12:00:00.400Z',
        sent: '2026-01-31T12:00:00.700Z',
        delivered: '2026-01-31T12:00:02.100Z',
      },
      created_at: '2026-01-31T12:00:00.000Z',
    },
  });

export const emailFilters = {
  status: z.enum(emailStatuses).optional().describe('Only this state'),
  to: Address.optional().describe('Only e-mails to this address'),
  template: z.string().min(1).max(64).optional().describe('Only e-mails made from this template'),
  reference: z.string().min(1).max(128).optional().describe('Only e-mails with this reference'),
  start: Instant.optional().describe('Start of the range, inclusive. Default: one day before its end'),
  end: Instant.optional().describe('End of the range, exclusive, at most 31 days after the start. Default: now'),
} as const;

type Filters = { readonly [K in keyof typeof emailFilters]?: z.output<(typeof emailFilters)[K]> };

/** Of the range: its default and its longest length in days. An open end includes the current millisecond. */
export const bounds = { defaultDays: 1, maxDays: 31, ahead: 1 };

/** Whether an e-mail matches the filters of a list, in a range of time: `since` inclusive, `until` exclusive. */
export const matches =
  (
    { status, to, template, reference }: Filters,
    { since, until }: { readonly since: string; readonly until: string },
  ) =>
  (email: Email): boolean =>
    email.created_at >= since &&
    email.created_at < until &&
    (status === undefined || email.status === status) &&
    (to === undefined || email.to.includes(to)) &&
    (template === undefined || email.template === template) &&
    (reference === undefined || email.reference === reference);

export const presentEmail = (email: Email): z.input<typeof ShownEmail> => ({
  email_id: email.id,
  batch_id: email.batch_id ?? null,
  status: email.status,
  to: [...email.to],
  cc: [...email.cc],
  from: email.from ?? email.sender?.address ?? null,
  reference: email.reference ?? null,
  template: email.template,
  template_version: email.template_version,
  subject: email.subject,
  attempts: email.attempts,
  provider_message_id: email.provider_message_id,
  error: email.error,
  opens: email.opens ?? 0,
  clicks: email.clicks ?? 0,
  timestamps: { ...email.timestamps },
  created_at: email.created_at,
});
