import { expect, test } from 'vitest';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow, mailboxUserRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { defaultPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { cascadesIn } from '#test/support/cascades.fixture.ts';
import { audioRow, voicemailRow } from '../rows/voicemail.ts';

const running = testStore();

const organization = 7_900;
const at = '2026-11-20T10:00:00.000Z';
const message = (id: string, mailbox: string, audio = id): Voicemail => ({
  ...{ id, mailbox, audio, status: 'new', caller_number: null, caller_name: null, duration_seconds: 12 },
  ...{ content_type: 'audio/wav', size: 1_000, urgent: false, call_id: null, forwarded_from: null, comment: null },
  ...{ received_at: at, read_at: null, created_at: at, version: 1 },
});
const preferences = { ...defaultPreferences('204'), user_id: 'usr_gone', created_at: at, updated_at: at };

const deleteMailbox = (id: string) => cascadesIn(running.store)(organization, 'mailbox.deleted', id);

test('with a mailbox go its messages, preferences and counts, and no others', async () => {
  await commit(running.store, organization, [
    ...[message('vm_1', '204'), message('vm_2', '204', 'vm_1'), message('vm_3', '205', 'vm_1')].map((each) =>
      overwrite(voicemailRow, each),
    ),
    overwrite(audioRow, { id: 'vm_1', messages: 3 }),
    overwrite(mailboxRow, { mailbox: '204', held: 2, new: 2 }),
    overwrite(voicemailPreferencesRow, preferences),
    overwrite(mailboxUserRow, { user_id: 'usr_gone', mailbox: '204' }),
  ]);
  await deleteMailbox('204');
  await deleteMailbox('204');
  const table = tableFor<'voicemail' | 'audio' | 'mailbox' | 'voicemailprefs' | 'mailbox-user'>(
    running.store,
    organization,
  );
  expect((await table.query(voicemailRow, {})).items.map(({ id }) => id)).toEqual(['vm_3']);
  expect(await table.get(audioRow, { id: 'vm_1' })).toMatchObject({ messages: 1 });
  expect([
    await table.get(mailboxRow, { mailbox: '204' }),
    await table.get(voicemailPreferencesRow, { mailbox: '204' }),
    await table.get(mailboxUserRow, { user_id: 'usr_gone' }),
  ]).toEqual([undefined, undefined, undefined]);
  const types = (await eventsOf(running.store, organization)).map(({ type }) => type);
  expect(types).toEqual(['voicemail.deleted', 'voicemail.deleted']);
});
