import { createHash } from 'node:crypto';
import type { Email, Mailbox } from '#schema/email.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';

/** How a message is archived as a file in the form of RFC 5322 (functions/system/archives/README.md). */

/** A message as a mail program shows it. */
type FiledMessage = {
  /** Of the file, unique in its archive: letters, digits, `_` and `-`. */
  readonly name: string;
  readonly message: {
    /** The left side of its `Message-ID`. */
    readonly id: string;
    readonly from: Mailbox;
    readonly to: readonly string[];
    readonly cc: readonly string[];
    readonly reply_to?: string | null;
    readonly subject: string;
    readonly text: string;
    /** ISO 8601 UTC. */
    readonly date: string;
  };
};

/** Domains that never exist (RFC 2606 §2). */
const [smsDomain, mailDomain] = ['sms.invalid', 'email.invalid'];

const bodyNotKept = 'The body of this e-mail is not kept after it was sent.';

/** A text as the left side of an address (RFC 5322 §3.4.1, `atom`); other characters are percent-encoded. */
const asAtom = (text: string): string => text.toWellFormed().replaceAll(/[^A-Za-z0-9+_-]/gu, encodePart);
const encodePart = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/** Ids of imports are any text: their hash names the file. An id of the platform never begins so. */
const nameOf = ({ message_id: id, source }: SmsLogEntry): string =>
  source === 'platform' ? id : `import-${createHash('sha256').update(id).digest('base64url')}`;

const filedSms = (entry: SmsLogEntry): FiledMessage => ({
  name: nameOf(entry),
  message: {
    id: asAtom(entry.message_id),
    from: { address: `${asAtom(entry.from)}@${smsDomain}`, name: entry.from },
    to: [`${asAtom(entry.to)}@${smsDomain}`],
    cc: [],
    subject: `SMS from ${entry.from} to ${entry.to}`,
    text: entry.message,
    date: entry.timestamp,
  },
});

const filedEmail = ({ id, from, sender, to, cc, reply_to = null, subject, text, created_at }: Email): FiledMessage => ({
  name: id,
  message: {
    id,
    to,
    cc,
    reply_to,
    subject,
    text: text ?? bodyNotKept,
    date: created_at,
    from: { address: from ?? sender?.address ?? `not-sent@${mailDomain}`, name: sender?.name ?? null },
  },
});

/** The file of a record. @param of sms or email @param record of the class, as its source reads it */
export const filedMessage = (of: RecordClass, record: object): FiledMessage =>
  // The assertions are safe: the source of the class read the record.
  of === 'sms' ? filedSms(record as SmsLogEntry) : filedEmail(record as Email);
