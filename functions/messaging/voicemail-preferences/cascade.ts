import { decrementCount } from '#dynamodb/rows/count.ts';
import { fileReferenceRow } from '#dynamodb/rows/file.ts';
import { mailboxUserRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { remove, replace } from '#dynamodb/write.ts';
import type { CascadeSteps } from '#runtime/cascade.ts';
import { greetingsOf, type VoicemailPreferences } from '#schema/mailbox.ts';
import type { voicemailPreferences } from './contract.ts';
import { mailboxPinRow } from '../rows/mailbox-pin.ts';
import { withoutGreeting } from './voicemail-preferences.ts';

/** Mailboxes in one slice. */
const limit = 20;

const preferencesDeletion = (preferences: VoicemailPreferences) => [
  remove(voicemailPreferencesRow, preferences),
  remove(mailboxPinRow, preferences),
  ...(preferences.user_id === null ? [] : [remove(mailboxUserRow, { user_id: preferences.user_id })]),
  ...greetingsOf(preferences).map((file) =>
    remove(fileReferenceRow, { resource: file, type: 'mailbox', id: preferences.mailbox }),
  ),
];

export const cascade: CascadeSteps<typeof voicemailPreferences> = {
  'file.deleted': [
    async (file, { table, now, record }) => {
      const { items } = await table.query(fileReferenceRow, { resource: file }, { prefix: 'mailbox/', limit });
      const mailboxes = await table.getAll(
        voicemailPreferencesRow,
        items.map(({ id }) => ({ mailbox: id })),
      );
      return [
        ...items.map((reference) => remove(fileReferenceRow, reference)),
        ...mailboxes.flatMap((before) => {
          if (before === undefined || !greetingsOf(before).includes(file)) return [];
          const after = withoutGreeting(before, file, now.toISOString());
          const entity = { type: 'mailbox', id: before.mailbox };
          const description = `A greeting of mailbox ${before.mailbox} was deleted`;
          return [
            replace(voicemailPreferencesRow, after, before),
            record('voicemailprefs.updated', { entity, description, before, after }),
          ];
        }),
      ];
    },
  ],
  'mailbox.deleted': [
    async (mailbox, { table }) => {
      const preferences = await table.get(voicemailPreferencesRow, { mailbox });
      return preferences === undefined ? [] : [...preferencesDeletion(preferences), decrementCount('mailboxes')];
    },
  ],
  'org.closed': [
    async (_organization, { table }) => {
      const { items } = await table.query(voicemailPreferencesRow, {}, { limit });
      return items.flatMap(preferencesDeletion);
    },
  ],
};
