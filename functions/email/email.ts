import * as z from 'zod';
import { invalidParameter } from '../../shared/errors.ts';
import { emailStatuses, type Email } from '../../shared/schema/email.ts';
import { Email as Address, Id, Instant, Timestamp } from '../../shared/schema/values.ts';

/** E-mails as they are asked for and answered (messaging.md, "E-mail"). */

export const ShownEmail = z.object({
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
});

export const emailFilters = {
  status: z.enum(emailStatuses).optional(),
  to: Address.optional(),
  template: z.string().min(1).max(64).optional(),
  start: Instant.optional(),
  end: Instant.optional(),
} as const;

type Filters = { readonly [K in keyof typeof emailFilters]?: z.output<(typeof emailFilters)[K]> };

const DAY = 86_400_000;
const mostDays = 31;

/** The range of time that is asked for: `since` is in it, `until` is not. @throws AppError INVALID_PARAMETER */
export function rangeOf({ start, end }: Filters, now: Date): { readonly since: string; readonly until: string } {
  // What is made in this very millisecond is asked for too.
  const until = end ?? new Date(Math.max(now.getTime(), Date.parse(start ?? now.toISOString())) + 1).toISOString();
  const since = start ?? new Date(Date.parse(until) - DAY).toISOString();
  const length = Date.parse(until) - Date.parse(since);
  if (length < 0) throw invalidParameter('start', 'must not be after end');
  if (length > mostDays * DAY + 1) throw invalidParameter('end', `must be at most ${mostDays} days after start`);
  return { since, until };
}

/** Whether an e-mail is asked for, in a range of time. */
export const isWanted = ({ status, to, template }: Filters, { since, until }: ReturnType<typeof rangeOf>) => (email: Email): boolean =>
  email.created_at >= since && email.created_at < until
  && (status === undefined || email.status === status) && (to === undefined || email.to.includes(to)) && (template === undefined || email.template === template);

export const presentEmail = ({ id, status, to, cc, from, template, template_version, subject, attempts, provider_message_id, error, timestamps, created_at }: Email): z.input<typeof ShownEmail> => ({
  email_id: id, batch_id: null, status, to: [...to], cc: [...cc], from, template, template_version, subject, attempts, provider_message_id, error,
  opens: 0, clicks: 0, timestamps: { ...timestamps }, created_at,
});
