import type { MailboxItem, VoicemailPreferences } from '../../schema/mailbox.ts';
import { row } from '../row.ts';
import type { Table } from '../table.ts';
import { change, type Write } from '../write.ts';
import { isUser, userExtensionRow } from './user.ts';

/** `mailbox#1001`: the counts of a mailbox. */
export const mailboxRow = row<'mailbox', MailboxItem, { mailbox: string }>('mailbox', {
  sort: ({ mailbox }) => mailbox,
});

/** `voicemailprefs#1001`. A mailbox exists by them, or because a user has its name as extension. */
export const voicemailPreferencesRow = row<'voicemailprefs', VoicemailPreferences, { mailbox: string }>(
  'voicemailprefs',
  { sort: ({ mailbox }) => mailbox },
);

/** `mailbox-user#1001`: the mailbox whose preferences name the user. */
export const mailboxUserRow = row<'mailbox-user', { user_id: string; mailbox: string }, { user_id: string }>(
  'mailbox-user',
  { sort: ({ user_id }) => user_id },
);

type Counted = Readonly<Partial<Record<Exclude<keyof MailboxItem, 'mailbox' | 'full'>, number>>>;

/**
 * Adds to the counts of a mailbox.
 * @param max messages that it holds; stale if it has that many. Without it messages are not limited
 */
export const countMessages = (mailbox: string, add: Counted, max?: number): Write<'mailbox'> =>
  change(
    mailboxRow,
    { mailbox },
    {
      set: { mailbox },
      add,
      ...((add.held ?? 0) < 0 ? { clear: ['full'] } : {}),
      ...(max === undefined
        ? {}
        : {
            onlyIf: {
              expression: 'attribute_not_exists(#held) OR #held < :max',
              names: { '#held': 'held' },
              values: { ':max': max },
            },
          }),
    },
  );

/** Notes that a message was rejected because the mailbox is full; stale if that is noted already. */
export const recordFullMailbox = (mailbox: string): Write<'mailbox'> =>
  change(
    mailboxRow,
    { mailbox },
    {
      set: { full: true },
      onlyIf: { expression: 'attribute_not_exists(#full)', names: { '#full': 'full' } },
    },
  );

/** A mailbox that exists, its owner, and its preferences if they were set. */
export type ReadMailbox = {
  readonly mailbox: string;
  /** The owner: the user whom the preferences name, else the user of the extension. */
  readonly user_id: string | null;
  /** The user with the mailbox's name as extension. */
  readonly extension_user: string | null;
  readonly preferences: VoicemailPreferences | undefined;
};

/** A mailbox by its name; undefined if there is none. */
export async function readMailbox(
  table: Pick<Table<'voicemailprefs' | 'user-extension'>, 'get'>,
  mailbox: string,
): Promise<ReadMailbox | undefined> {
  const [preferences, extension] = await Promise.all([
    table.get(voicemailPreferencesRow, { mailbox }),
    table.get(userExtensionRow, { extension: mailbox }),
  ]);
  const user = extension !== undefined && isUser(extension.owner) ? extension.owner : null;
  if (preferences === undefined && user === null) return undefined;
  return { mailbox, preferences, user_id: preferences?.user_id ?? user, extension_user: user };
}

/**
 * The mailbox of a user: the one whose preferences name the user, else the one of the user's extension, unless that has
 * another owner.
 */
export async function mailboxOfUser(
  table: Pick<Table<'voicemailprefs' | 'user-extension' | 'mailbox-user'>, 'get'>,
  user: { readonly id: string; readonly extension: string | null },
): Promise<string | undefined> {
  const named = await table.get(mailboxUserRow, { user_id: user.id });
  if (named !== undefined || user.extension === null) return named?.mailbox;
  const mailbox = await readMailbox(table, user.extension);
  return mailbox?.user_id === user.id ? mailbox.mailbox : undefined;
}
