import * as z from 'zod';
import { AppError } from '#errors.ts';
import {
  queuedDetails,
  queuedEmail,
  suppressedError,
  type Email,
  type EmailBatch,
  type Mailbox,
} from '#schema/email.ts';
import { Id, Timestamp } from '#schema/values.ts';
import type { SendEmail } from './send-email.ts';

/** What an accepted `PUT /email` becomes (functions/messaging/README.md, "Send an e-mail"). */

/** What is decided before the e-mails are made. */
export type Prepared = {
  readonly wanted: SendEmail;
  readonly template: { readonly name: string; readonly version: number };
  /** The rendered subject. */
  readonly subject: string;
  /** Null: the platform. */
  readonly sender: Mailbox | null;
  /** Addresses that get no e-mail of the organization. */
  readonly suppressed: ReadonlySet<string>;
  /** Key of the object with the content, by the id of the batch. */
  readonly contentKey: (id: string) => string;
  /** Ids of the files that are attached. */
  readonly files: readonly string[];
  readonly sentBy: string;
  readonly nextId: (prefix: string) => string;
  /** ISO 8601 UTC. */
  readonly now: string;
};

export type Accepted = {
  readonly batch: EmailBatch;
  readonly emails: readonly Email[];
  /** Key of the object with the content. */
  readonly content: string;
};

/** All addresses of a request. */
export const recipientsIn = ({ to, cc, bcc }: SendEmail): readonly string[] => [...to, ...cc, ...bcc];

/** @throws AppError RECIPIENT_SUPPRESSED, for the only recipient */
function assertOnlyRecipient({ to: [address = '', ...others] }: SendEmail, suppressed: ReadonlySet<string>): void {
  if (others.length > 0 || !suppressed.has(address)) return;
  const { code, message } = suppressedError;
  throw new AppError(code, `to: ${message}`, { details: [{ path: 'to', message }] });
}

type Common = Omit<Parameters<typeof queuedEmail>[0], 'id' | 'to' | 'cc' | 'bcc'>;

const commonOf = ({ wanted, template, subject, sender, files, sentBy, now }: Prepared, content: string): Common => ({
  template: template.name,
  template_version: template.version,
  subject,
  text: null,
  created_at: now,
  sent_by: sentBy,
  reference: wanted.reference ?? null,
  sender,
  reply_to: wanted.reply_to ?? null,
  priority: wanted.priority,
  tracking: { opens: wanted.track_opens, clicks: wanted.track_clicks },
  content,
  files,
});

/** An e-mail that is not sent, as its recipient is suppressed. */
const suppressedEmail = (email: Email, now: string): Email => ({
  ...email,
  status: 'failed',
  error: suppressedError,
  timestamps: { ...email.timestamps, failed: now },
});

/**
 * One e-mail for each recipient, in their order; those to suppressed addresses have failed. Copies go with the first
 * that has not.
 * @throws AppError RECIPIENT_SUPPRESSED, for a single recipient
 */
export function acceptEmails(prepared: Prepared): Accepted {
  const { wanted, suppressed, contentKey, sentBy, nextId, now } = prepared;
  assertOnlyRecipient(wanted, suppressed);
  const ids = wanted.to.map(() => nextId('eml'));
  const batchId = ids.length === 1 ? null : nextId('ebatch');
  const id = batchId ?? ids[0] ?? '';
  const content = contentKey(id);
  const common = { ...commonOf(prepared, content), batch_id: batchId };
  const first = wanted.to.find((address) => !suppressed.has(address));
  const unsuppressed = (addresses: readonly string[]) => addresses.filter((each) => !suppressed.has(each));
  const emails = wanted.to.map((address, at) => {
    const copies =
      address === first ? { cc: unsuppressed(wanted.cc), bcc: unsuppressed(wanted.bcc) } : { cc: [], bcc: [] };
    const email = queuedEmail({ ...common, ...copies, id: ids[at] ?? '', to: [address] });
    return suppressed.has(address) ? suppressedEmail(email, now) : email;
  });
  const reference = wanted.reference ?? null;
  const batch = { id, sent_by: sentBy, reference, emails: ids, announced: batchId === null, created_at: now };
  return { batch, emails, content };
}

/** Warns of copies that are not sent. */
export const copyWarnings = ({ cc, bcc }: SendEmail, suppressed: ReadonlySet<string>): string[] =>
  [...new Set([...cc, ...bcc])]
    .filter((address) => suppressed.has(address))
    .map((address) => `${address} gets no copy: ${suppressedError.message}`);

/** Details of the event `email.queued`: of the only e-mail, or of a batch, after which each e-mail gets its own. */
export function acceptedDetails({ batch: { id, emails: ids, reference }, emails: [only, ...others] }: Accepted) {
  if (only !== undefined && others.length === 0) return queuedDetails(only);
  const description = `Batch of ${ids.length} e-mails queued`;
  return { entity: { type: 'email', id }, description, fields: { emails: ids, reference } };
}

const QueuedEmail = z
  .object({
    email_id: Id('eml').describe('Id'),
    status: z.literal('queued').describe('State'),
    to: z.array(z.string()).describe('Recipient'),
    template: z.string().describe('Name of the template'),
    subject: z.string().describe('Subject'),
    created_at: Timestamp.describe('Time of creation'),
  })
  .describe('The e-mail to a single recipient');

const QueuedBatch = z
  .object({
    batch_id: Id('ebatch').describe('Id of the batch'),
    total_emails: z.int().describe('Number of e-mails'),
    queued: z.int().describe('Number of e-mails that are sent'),
    failed: z.int().describe('Number of e-mails to suppressed recipients'),
    emails: z
      .array(
        z.object({
          email_id: Id('eml').describe('Id'),
          to: z.string().describe('Recipient'),
          status: z.enum(['queued', 'failed']).describe('State'),
          error: z
            .object({ code: z.string().describe('RECIPIENT_SUPPRESSED'), message: z.string().describe('Reason') })
            .optional()
            .describe('Reason of the failure; absent: it is sent'),
        }),
      )
      .describe('The e-mails, in the order of the recipients'),
  })
  .describe('The e-mails to several recipients');

export const AcceptedEmail = z.union([QueuedEmail, QueuedBatch]).meta({
  id: 'AcceptedEmail',
  example: {
    email_id: 'eml_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
    status: 'queued',
    to: ['ann@example.com'],
    template: 'invoice',
    subject: 'Your invoice of January',
    created_at: '2026-01-31T12:00:00.000Z',
  },
});

export function presentAccepted({ batch, emails }: Accepted): z.input<typeof AcceptedEmail> {
  const [only, ...others] = emails;
  if (only !== undefined && others.length === 0) {
    const { id, to, template, subject, created_at } = only;
    return { email_id: id, status: 'queued', to: [...to], template, subject, created_at };
  }
  const shown = emails.map(({ id, to: [address = ''], status, error }) => ({
    email_id: id,
    to: address,
    status: status === 'failed' ? ('failed' as const) : ('queued' as const),
    ...(error === null ? {} : { error }),
  }));
  const failed = shown.filter(({ status }) => status === 'failed').length;
  return {
    batch_id: batch.id,
    total_emails: shown.length,
    queued: shown.length - failed,
    failed,
    emails: shown,
  };
}
