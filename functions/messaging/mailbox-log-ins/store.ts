import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readMailbox } from '#dynamodb/rows/mailbox.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, overwrite, remove, replace, type Write } from '#dynamodb/write.ts';
import type { LogInTries, VoicemailPreferences } from '#schema/mailbox.ts';
import { mailboxAccessRow } from '../rows/mailbox-access.ts';
import { mailboxPinRow, preferencesWrites } from '../rows/mailbox-pin.ts';
import type { mailboxLogIns } from './contract.ts';

export const logInStore = (table: Table<ReadName<EffectOf<typeof mailboxLogIns>>>) => ({
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
  tries: (key: Pick<LogInTries, 'mailbox' | 'origin'>) => table.get(mailboxAccessRow, key),
  pin: async (mailbox: string): Promise<string | undefined> => (await table.get(mailboxPinRow, { mailbox }))?.pin,
});

export const countWrite = (before: LogInTries | undefined, after: LogInTries): Write<'mailbox-access'> =>
  before === undefined ? create(mailboxAccessRow, after) : replace(mailboxAccessRow, after, before);

/** After a right PIN no try counts. */
export const forgetWrite = (tries: LogInTries): Write<'mailbox-access'> => remove(mailboxAccessRow, tries);

/** @param pin PHC string */
export const pinWrites = (
  before: VoicemailPreferences | undefined,
  after: VoicemailPreferences,
  pin: string,
): Write<'voicemailprefs' | 'mailbox-pin' | 'count'>[] => [
  ...preferencesWrites(before, after),
  overwrite(mailboxPinRow, { mailbox: after.mailbox, pin }),
];
