import { confirmationTemplate } from '#schema/confirmation-email.ts';
import { suppressedError, type Email } from '#schema/email.ts';
import { day, minute } from '#schema/time.ts';

/** Who gets e-mails that tenants cause (functions/messaging/README.md, "Who may be written to"). */

/** Whether the e-mail asks a stranger, rather than notifying someone who may be written to. */
export const isConfirmation = ({ template }: Pick<Email, 'template'>): boolean => template === confirmationTemplate;

/**
 * Whether its reader needs it to log in: it is sent however many notices the organization has had. A template of a
 * tenant may have the same name.
 */
export const isForLogIn = ({ template, sent_by: client }: Pick<Email, 'template' | 'sent_by'>): boolean =>
  template === 'password_reset' && client === undefined;

/** All addresses of an e-mail. */
export const recipientsOf = ({ to, cc, bcc = [] }: Pick<Email, 'to' | 'cc' | 'bcc'>): readonly string[] => [
  ...to,
  ...cc,
  ...bcc,
];

/** Whether the platform is its sender, so that only those get it who may be written to. */
export const isFromPlatform = ({ sender }: Pick<Email, 'sender'>): boolean => sender === undefined || sender === null;

type Admission =
  | { readonly email: Email; readonly recipients: number }
  | { readonly problem: NonNullable<Email['error']> };

/** An e-mail that a client sent keeps its recipient; a notice goes to the first address that may be written to. */
function reduceRecipients(email: Email, allowed: ReadonlySet<string>): Email | undefined {
  const among = (addresses: readonly string[]): readonly string[] => addresses.filter((each) => allowed.has(each));
  if (email.bcc !== undefined)
    return email.to.every((each) => allowed.has(each))
      ? { ...email, cc: among(email.cc), bcc: among(email.bcc) }
      : undefined;
  const [first, ...others] = among(recipientsOf(email));
  return first === undefined ? undefined : { ...email, to: [first], cc: others };
}

/**
 * The e-mail to those of its addresses that may be written to. Or why no one gets it.
 * @param allowed the addresses that may be written to; @param today recipients of notices of the organization today
 */
export function admitRecipients(
  email: Email,
  allowed: ReadonlySet<string>,
  today: { readonly used: number; readonly limit: number },
): Admission {
  const reduced = reduceRecipients(email, allowed);
  if (reduced === undefined)
    return {
      problem: {
        code: 'RECIPIENT_NOT_CONFIRMED',
        message: 'no recipient is a user or the billing contact of the organization, or has confirmed',
      },
    };
  const recipients = recipientsOf(reduced).length;
  if (today.used + recipients > today.limit)
    return {
      problem: { code: 'NOTICE_LIMIT', message: `the organization has ${today.limit} recipients a day` },
    };
  return { email: reduced, recipients };
}

/** The e-mail without addresses that are suppressed. Or why no one gets it. */
export function admitUnsuppressed(email: Email, suppressed: ReadonlySet<string>): Admission {
  const left = new Set(recipientsOf(email).filter((address) => !suppressed.has(address)));
  const reduced = reduceRecipients(email, left);
  return reduced === undefined
    ? { problem: suppressedError }
    : { email: reduced, recipients: recipientsOf(reduced).length };
}

/**
 * The e-mail that asks an address; or why it is not sent.
 * @param mayAsk whether the address was not asked often enough today
 */
export function admitConfirmation(
  email: Email,
  mayAsk: boolean,
  today: { readonly used: number; readonly limit: number },
): Admission {
  if (!mayAsk) return { problem: { code: 'NOTICE_LIMIT', message: 'the address was asked often enough today' } };
  return admitRecipients(email, new Set(recipientsOf(email)), today);
}

/** The UTC day of a time: its first minute (Unix minutes), and when its count has no effect any more (Unix seconds). */
export function noticeDay(now: Date): { readonly minute: number; readonly ttl: number } {
  const start = Math.floor(now.getTime() / day) * day;
  return { minute: start / minute, ttl: (start + 2 * day) / 1_000 };
}
