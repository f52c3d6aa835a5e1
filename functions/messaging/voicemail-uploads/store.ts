import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import { readMailbox, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create, removeIf, type Write } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { audioRow, deleteWrites, messagesOf, voicemailRow, type MessageDeletion } from '../rows/voicemail.ts';
import { dropRow } from '#dynamodb/rows/voicemail-drop.ts';
import type { voicemailUploads } from './contract.ts';

/** Messages that are looked at in one turn. */
export const messagesAtOnce = 100;

export const uploadStore = (table: Table<ReadName<EffectOf<typeof voicemailUploads>>>) => ({
  get: (id: string) => table.get(voicemailRow, { id }),
  audio: (id: string) => table.get(audioRow, { id }),
  drop: (id: string) => table.get(dropRow, { id }),
  preferences: (mailbox: string) => table.get(voicemailPreferencesRow, { mailbox }),
  /** The oldest messages of a mailbox. */
  oldestOf: async (mailbox: string) => {
    const range = { order: 'asc', limit: messagesAtOnce } as const;
    return (await table.queryIndex(voicemailRow, 'GSI1', messagesOf(table.organization, mailbox), range)).items;
  },
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
  /** What the deletion of a message needs. */
  deletionOf: async ({ mailbox }: Voicemail, now: Date): Promise<MessageDeletion> => {
    const [holds, read] = await Promise.all([holdsOn(table, 'voicemail'), readMailbox(table, mailbox)]);
    return { holds, owner: read?.user_id ?? null, now };
  },
  user: (id: string) => table.get(userRow, { id }),
  email: (id: string) => table.get(emailRow, { id }),
  timezone: async () => (await table.get(organizationRow, {}))?.timezone ?? 'UTC',
});

/** A notice about a message; stale if there is one already. */
export const noticeWrite = (email: Email): Write<'email'> => create(emailRow, email);

/** Forgets the count of audio that was deleted. */
export const audioGoneWrites = (id: string): Write<'audio'>[] => [
  removeIf(
    audioRow,
    { id },
    { expression: '#messages <= :none', names: { '#messages': 'messages' }, values: { ':none': 0 } },
  ),
];

/** Deletes a message, unless a hold keeps it: then it leaves its mailbox only. */
export const deletionWrites = (message: Voicemail, deletion: MessageDeletion) => [
  ...deleteWrites(message, deletion),
  whileHoldsStay(deletion.holds),
];
