import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readReadyFile, referenceChangeWrites, type ReadyFile } from '#dynamodb/rows/file.ts';
import { mailboxUserRow, readMailbox } from '#dynamodb/rows/mailbox.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { userExists } from '#dynamodb/rows/user-exists.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite, remove, type Write } from '#dynamodb/write.ts';
import { greetingsOf, type VoicemailPreferences } from '#schema/mailbox.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import type { voicemailPreferences } from './contract.ts';
import { findSmsSender } from '../rows/sms-sender.ts';
import { mailboxPinRow, preferencesWrites } from '../rows/mailbox-pin.ts';
import { voicemailPreferencesErrors } from './voicemail-preferences.ts';

export const preferencesStore = (table: Table<ReadName<EffectOf<typeof voicemailPreferences>>>) => ({
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
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

/** @param pin PHC string; null deletes it, undefined leaves it */
function pinWrites(mailbox: string, pin: string | null | undefined): Write<'mailbox-pin'>[] {
  if (pin === undefined) return [];
  return [pin === null ? remove(mailboxPinRow, { mailbox }) : overwrite(mailboxPinRow, { mailbox, pin })];
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
