import { row } from '#dynamodb/row.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { create, replace, type Write } from '#dynamodb/write.ts';
import type { VoicemailPreferences } from '#schema/mailbox.ts';

/** The PIN of a mailbox, as a PHC string of scrypt. An entity of its own, so that no other function reads it. */
type MailboxPin = { readonly mailbox: string; readonly pin: string };

/** `mailbox-pin#1001`. */
export const mailboxPinRow = row<'mailbox-pin', MailboxPin, { mailbox: string }>('mailbox-pin', {
  sort: ({ mailbox }) => mailbox,
});

/** Mailboxes with preferences of an organization. */
const maxMailboxes = 10_000;

/** Saves preferences. The first ones of a mailbox count. @param before undefined: it has none yet */
export const preferencesWrites = (
  before: VoicemailPreferences | undefined,
  after: VoicemailPreferences,
): Write<'voicemailprefs' | 'count'>[] =>
  before === undefined
    ? [create(voicemailPreferencesRow, after), incrementCount('mailboxes', maxMailboxes)]
    : [replace(voicemailPreferencesRow, after, before)];
