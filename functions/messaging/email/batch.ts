import * as z from 'zod';
import { emailStatuses, type Email, type EmailBatch } from '#schema/email.ts';
import { Id } from '#schema/values.ts';
import { ShownEmail } from './email.ts';

/** Batches of e-mails as answered (functions/messaging/README.md, "Send an e-mail"). */

const ShownBatch = z
  .object({
    batch_id: Id('ebatch').describe('Id'),
    total_emails: z.int().describe('Number of e-mails'),
    counts: z.partialRecord(z.enum(emailStatuses), z.int()).describe('Number of e-mails in each state'),
    emails: z
      .array(
        z.object({
          email_id: Id('eml').describe('Id'),
          to: z.string().describe('Recipient'),
          status: z.enum(emailStatuses).describe('State'),
          error: z
            .object({ code: z.string().describe('Code'), message: z.string().describe('Reason') })
            .nullable()
            .describe('Error of the last attempt; null if there was none'),
        }),
      )
      .describe('The e-mails, in the order of the recipients'),
  })
  .meta({ id: 'EmailBatch' });

export const ShownEmailOrBatch = z
  .union([ShownEmail, ShownBatch])
  .meta({ id: 'EmailOrBatch', example: ShownEmail.meta()?.['example'] });

/** @param emails those that have not expired */
export const presentBatch = ({ id }: Pick<EmailBatch, 'id'>, emails: readonly Email[]): z.input<typeof ShownBatch> => ({
  batch_id: id,
  total_emails: emails.length,
  counts: Object.fromEntries(
    emailStatuses.map((status) => [status, emails.filter((email) => email.status === status).length]),
  ),
  emails: emails.map(({ id: email_id, to: [to = ''], status, error }) => ({ email_id, to, status, error })),
});
