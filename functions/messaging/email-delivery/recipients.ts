import type { Email } from '../../../shared/schema/email.ts';
import { day, minute } from '../../../shared/schema/time.ts';

/** Who gets e-mails that tenants cause (functions/messaging/README.md, "Who may be written to"). */

/** All addresses of an e-mail. */
export const recipientsOf = ({ to, cc }: Pick<Email, 'to' | 'cc'>): readonly string[] => [...to, ...cc];

type Admission =
  { readonly email: Email; readonly recipients: number } | { readonly problem: NonNullable<Email['error']> };

/**
 * The e-mail to those of its addresses that may be written to: the first of them, with copies to the others. Or why no
 * one gets it.
 * @param users the addresses of the organization's users; @param today its recipients of notices today
 */
export function admitRecipients(
  email: Email,
  users: ReadonlySet<string>,
  today: { readonly used: number; readonly limit: number },
): Admission {
  const [first, ...others] = recipientsOf(email).filter((address) => users.has(address));
  if (first === undefined)
    return {
      problem: { code: 'RECIPIENT_NOT_CONFIRMED', message: 'no recipient is a user of the organization' },
    };
  const recipients = 1 + others.length;
  if (today.used + recipients > today.limit)
    return {
      problem: { code: 'NOTICE_LIMIT', message: `the organization has ${today.limit} recipients a day` },
    };
  return { email: { ...email, to: [first], cc: others }, recipients };
}

/** The UTC day of a time: its first minute (Unix minutes), and when its count has no effect any more (Unix seconds). */
export function noticeDay(now: Date): { readonly minute: number; readonly ttl: number } {
  const start = Math.floor(now.getTime() / day) * day;
  return { minute: start / minute, ttl: (start + 2 * day) / 1_000 };
}
