import { row } from '#dynamodb/row.ts';
import { remove, type Write } from '#dynamodb/write.ts';
import type { LogInTries } from '#schema/mailbox.ts';

/** `mailbox-access#1001`: tries to log in to a mailbox, for 15 minutes. */
export const mailboxAccessRow = row<'mailbox-access', LogInTries, Pick<LogInTries, 'mailbox' | 'origin'>>(
  'mailbox-access',
  {
    afterClosing: 'expires 15 minutes after the last try',
    sort: ({ mailbox, origin }) => `${mailbox}#${origin}`,
    expires: (item) => item.expires_at,
  },
);

/** Forgets all tries of a mailbox, so that it is locked no longer. */
export const forgetTries = (mailbox: string): Write<'mailbox-access'>[] =>
  (['owner', 'outside'] as const).map((origin) => remove(mailboxAccessRow, { mailbox, origin }));
