import * as z from 'zod';
import { emailStatuses, type Email } from '../../../shared/schema/email.ts';
import { Email as Address, Id, Instant, Timestamp } from '../../../shared/schema/values.ts';

/** E-mails as they are asked for and answered (messaging.md, "E-mail"). */

export const ShownEmail = z
  .object({
    email_id: Id('eml'),
    batch_id: z.string().nullable(),
    status: z.enum(emailStatuses),
    to: z.array(z.string()),
    cc: z.array(z.string()),
    /** Null until it was handed over. */
    from: z.string().nullable(),
    template: z.string(),
    template_version: z.int(),
    subject: z.string(),
    attempts: z.int(),
    provider_message_id: z.string().nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    opens: z.int(),
    clicks: z.int(),
    /** When it came into each state. */
    timestamps: z.partialRecord(z.enum(emailStatuses), Timestamp),
    created_at: Timestamp,
  })
  .meta({ id: 'Email' });

export const emailFilters = {
  status: z.enum(emailStatuses).optional(),
  to: Address.optional(),
  template: z.string().min(1).max(64).optional(),
  start: Instant.optional(),
  end: Instant.optional(),
} as const;

type Filters = { readonly [K in keyof typeof emailFilters]?: z.output<(typeof emailFilters)[K]> };

/**
 * Of the range of time, in days: `since` is in it, `until` is not, and what is made in this very millisecond is asked
 * for too.
 */
export const bounds = { usual: 1, most: 31, ahead: 1 };

/** Whether an e-mail is asked for, in a range of time. */
export const isWanted =
  ({ status, to, template }: Filters, { since, until }: { readonly since: string; readonly until: string }) =>
  (email: Email): boolean =>
    email.created_at >= since &&
    email.created_at < until &&
    (status === undefined || email.status === status) &&
    (to === undefined || email.to.includes(to)) &&
    (template === undefined || email.template === template);

export const presentEmail = ({
  id,
  status,
  to,
  cc,
  from,
  template,
  template_version,
  subject,
  attempts,
  provider_message_id,
  error,
  timestamps,
  created_at,
}: Email): z.input<typeof ShownEmail> => ({
  email_id: id,
  batch_id: null,
  status,
  to: [...to],
  cc: [...cc],
  from,
  template,
  template_version,
  subject,
  attempts,
  provider_message_id,
  error,
  opens: 0,
  clicks: 0,
  timestamps: { ...timestamps },
  created_at,
});
