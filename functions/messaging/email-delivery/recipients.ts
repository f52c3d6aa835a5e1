import { createHash } from 'node:crypto';
import { confirmationTemplate } from '../../../shared/schema/confirmation-email.ts';
import type { Email } from '../../../shared/schema/email.ts';
import { day, minute } from '../../../shared/schema/time.ts';

/** Who gets e-mails that tenants cause (functions/messaging/README.md, "Who may be written to"). */

/** Names an address in a key: addresses may have any length and characters. */
export const addressHash = (address: string): string => createHash('sha256').update(address).digest('hex');

/** E-mails a UTC day that ask one address, from all organizations together. */
export const maxDailyAsks = 3;

/** Whether the e-mail asks a stranger, rather than notifying someone who may be written to. */
export const isConfirmation = ({ template }: Pick<Email, 'template'>): boolean => template === confirmationTemplate;

/** All addresses of an e-mail. */
export const recipientsOf = ({ to, cc }: Pick<Email, 'to' | 'cc'>): readonly string[] => [...to, ...cc];

type Admission =
  { readonly email: Email; readonly recipients: number } | { readonly problem: NonNullable<Email['error']> };

/**
 * The e-mail to those of its addresses that may be written to: the first of them, with copies to the others. Or why no
 * one gets it.
 * @param allowed the addresses that may be written to; @param today recipients of notices of the organization today
 */
export function admitRecipients(
  email: Email,
  allowed: ReadonlySet<string>,
  today: { readonly used: number; readonly limit: number },
): Admission {
  const [first, ...others] = recipientsOf(email).filter((address) => allowed.has(address));
  if (first === undefined)
    return {
      problem: {
        code: 'RECIPIENT_NOT_CONFIRMED',
        message: 'no recipient is a user or the billing contact of the organization, or has confirmed',
      },
    };
  const recipients = 1 + others.length;
  if (today.used + recipients > today.limit)
    return {
      problem: { code: 'NOTICE_LIMIT', message: `the organization has ${today.limit} recipients a day` },
    };
  return { email: { ...email, to: [first], cc: others }, recipients };
}

/**
 * The e-mail that asks an address; or why it is not sent.
 * @param asks e-mails that asked the address today
 */
export function admitConfirmation(
  email: Email,
  asks: number,
  today: { readonly used: number; readonly limit: number },
): Admission {
  if (asks >= maxDailyAsks)
    return { problem: { code: 'NOTICE_LIMIT', message: `an address is asked ${maxDailyAsks} times a day at most` } };
  return admitRecipients(email, new Set(recipientsOf(email)), today);
}

/** The UTC day of a time: its first minute (Unix minutes), and when its count has no effect any more (Unix seconds). */
export function noticeDay(now: Date): { readonly minute: number; readonly ttl: number } {
  const start = Math.floor(now.getTime() / day) * day;
  return { minute: start / minute, ttl: (start + 2 * day) / 1_000 };
}
