import { row } from '#dynamodb/row.ts';

/** The PIN of a mailbox, as a PHC string of scrypt. An entity of its own, so that no other function reads it. */
type MailboxPin = { readonly mailbox: string; readonly pin: string };

/** `mailbox-pin#1001`. */
export const mailboxPinRow = row<'mailbox-pin', MailboxPin, { mailbox: string }>('mailbox-pin', {
  sort: ({ mailbox }) => mailbox,
});

/** Mailboxes with preferences of an organization. */
export const maxMailboxes = 10_000;
