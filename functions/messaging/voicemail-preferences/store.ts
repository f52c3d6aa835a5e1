import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { readReadyFile, referenceChangeWrites, type ReadyFile } from '#dynamodb/rows/file.ts';
import {
  mailboxOfUser,
  mailboxRow,
  mailboxUserRow,
  readMailbox,
  voicemailPreferencesRow,
  type ReadMailbox,
} from '#dynamodb/rows/mailbox.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { isUser, userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { userExists } from '#dynamodb/rows/user-exists.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { create, overwrite, remove, type Write } from '#dynamodb/write.ts';
import { greetingsOf, type VoicemailPreferences } from '#schema/mailbox.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import type { voicemailPreferences } from './contract.ts';
import { findSmsSender } from '../rows/sms-sender.ts';
import { forgetTries } from '../rows/mailbox-access.ts';
import { mailboxPinRow, preferencesWrites } from '../rows/mailbox-pin.ts';
import { voicemailPreferencesErrors } from './voicemail-preferences.ts';

type Reads = Table<ReadName<EffectOf<typeof voicemailPreferences>>>;

/** Cursors begin with the partition that they are of. */
const partitions = { stored: 's', extensions: 'e' } as const;

const userOf = (owner: string | undefined): string | null => (owner !== undefined && isUser(owner) ? owner : null);

/** Those whose preferences were set. */
async function storedSlice(table: Reads, range: Range): Promise<Slice<ReadMailbox>> {
  const slice = await table.query(voicemailPreferencesRow, {}, range);
  const extensions = await table.getAll(
    userExtensionRow,
    slice.items.map(({ mailbox }) => ({ extension: mailbox })),
  );
  const items = slice.items.map((preferences, at): ReadMailbox => {
    const user = userOf(extensions[at]?.owner);
    return {
      mailbox: preferences.mailbox,
      preferences,
      user_id: preferences.user_id ?? user,
      extension_user: user,
    };
  });
  const { stored, extensions: next } = partitions;
  return {
    items,
    cursor: slice.cursor === undefined ? next : stored + slice.cursor,
    cursorAt: (position) => stored + slice.cursorAt(position),
  };
}

/** Those of users with an extension whose preferences were never set. */
async function unsetSlice(table: Reads, range: Range): Promise<Slice<ReadMailbox>> {
  const slice = await table.query(userExtensionRow, {}, range);
  const preferences = await table.getAll(
    voicemailPreferencesRow,
    slice.items.map(({ extension }) => ({ mailbox: extension })),
  );
  const listed = slice.items.flatMap(({ extension: mailbox, owner }, at) => {
    const user = userOf(owner);
    if (user === null || preferences[at] !== undefined) return [];
    return [{ at, item: { mailbox, preferences: undefined, user_id: user, extension_user: user } }];
  });
  const { extensions } = partitions;
  return {
    items: listed.map(({ item }) => item),
    cursor: slice.cursor === undefined ? undefined : extensions + slice.cursor,
    cursorAt: (position) => extensions + slice.cursorAt(listed[position]?.at ?? position),
    hidden: slice.items.length - listed.length,
  };
}

/** A slice of all mailboxes, each kind by name. */
function mailboxSlice(table: Reads, { after, ...range }: Range): Promise<Slice<ReadMailbox>> {
  const [partition, cursor] = [after?.slice(0, 1) ?? partitions.stored, after?.slice(1) ?? ''];
  const from = { ...range, order: 'asc', ...(cursor === '' ? {} : { after: cursor }) } as const;
  return partition === partitions.stored ? storedSlice(table, from) : unsetSlice(table, from);
}

/** The mailbox of a user as the only slice; empty if it has none. */
async function mailboxSliceOf(table: Reads, user: string): Promise<Slice<ReadMailbox>> {
  const { extension = null } = (await table.get(userRow, { id: user })) ?? {};
  const name = await mailboxOfUser(table, { id: user, extension });
  const mailbox = name === undefined ? undefined : await readMailbox(table, name);
  return { items: mailbox === undefined ? [] : [mailbox], cursor: undefined, cursorAt: () => '' };
}

export const preferencesStore = (table: Reads) => ({
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
  /** @param user whose mailbox is listed only; null: all are */
  page: (request: PageRequest, user: string | null, keep: (mailbox: ReadMailbox) => boolean) =>
    readPage(request, {
      read: (range) => (user === null ? mailboxSlice(table, range) : mailboxSliceOf(table, user)),
      keep,
    }),
  counts: (mailboxes: readonly ReadMailbox[]) =>
    table.getAll(
      mailboxRow,
      mailboxes.map(({ mailbox }) => ({ mailbox })),
    ),
  file: (id: string) => readReadyFile(table, id),
  /** The sender of SMS notices. */
  smsSender: (organization: OrganizationItem) => findSmsSender(table, organization),
  mobile: async (user: string): Promise<string | null> => (await table.get(userRow, { id: user }))?.mobile ?? null,
  recipients: (addresses: readonly string[]) => recipientsAmong(table, addresses),
});

/** Gives the mailbox to its owner, who has no other, and takes it from the owner before. */
function ownerWrites(
  before: VoicemailPreferences | undefined,
  { mailbox, user_id: user }: VoicemailPreferences,
): Write<'mailbox-user' | 'check:user'>[] {
  const former = before?.user_id ?? null;
  if (former === user) return [];
  return [
    ...(former === null ? [] : [remove(mailboxUserRow, { user_id: former })]),
    ...(user === null
      ? []
      : [
          userExists(user),
          create(
            mailboxUserRow,
            { user_id: user, mailbox },
            voicemailPreferencesErrors.USER_HAS_MAILBOX,
            `The user ${user} has a mailbox`,
          ),
        ]),
  ];
}

/** Tries of the PIN before do not count for the new one. @param pin PHC string; null deletes it, undefined leaves it */
function pinWrites(mailbox: string, pin: string | null | undefined): Write<'mailbox-pin' | 'mailbox-access'>[] {
  if (pin === undefined) return [];
  return [
    ...forgetTries(mailbox),
    pin === null ? remove(mailboxPinRow, { mailbox }) : overwrite(mailboxPinRow, { mailbox, pin }),
  ];
}

/** @param files the files that the preferences use, as read */
export const saveWrites = (
  before: VoicemailPreferences | undefined,
  after: VoicemailPreferences,
  { pin, files }: { readonly pin: string | null | undefined; readonly files: readonly ReadyFile[] },
) => [
  ...preferencesWrites(before, after),
  ...ownerWrites(before, after),
  ...pinWrites(after.mailbox, pin),
  ...referenceChangeWrites(
    { type: 'mailbox', id: after.mailbox },
    before === undefined ? [] : greetingsOf(before),
    files,
  ),
];
