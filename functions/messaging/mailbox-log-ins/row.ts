import { row } from '#dynamodb/row.ts';
import type { Tries } from './log-in.ts';

/** `mailbox-access#1001`: tries to log in to a mailbox, for 15 minutes. */
export const mailboxAccessRow = row<'mailbox-access', Tries, Pick<Tries, 'mailbox' | 'origin'>>('mailbox-access', {
  afterClosing: 'expires 15 minutes after the last try',
  sort: ({ mailbox, origin }) => `${mailbox}#${origin}`,
  expires: (item) => item.expires_at,
});
