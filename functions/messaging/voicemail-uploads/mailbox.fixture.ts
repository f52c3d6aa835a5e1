import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import type { TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { defaultPreferences, type VoicemailPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { audioObject } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '../rows/voicemail.ts';
import { voicemailUploadsHandler } from './handler.ts';

/** The mailbox 204 with a message that waits for its audio, at 10:00, and the consumer. */

export const at = '2026-11-20T10:00:00.000Z';
export const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt and some sound', 'latin1');
export const message: Voicemail = {
  ...{ id: 'vm_1', mailbox: '204', audio: 'vm_1', status: 'pending', caller_number: null, caller_name: null },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: wav.length, urgent: true, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: at, read_at: null, created_at: at, version: 1 },
};
const preferences: VoicemailPreferences = {
  ...{ ...defaultPreferences('204'), notify_email: 'ann@example.com', attach_audio: true, delete_after_email: true },
  ...{ created_at: at, updated_at: at },
};

let last = 7_100;

/** A new organization with the mailbox. */
export async function newMailbox({ store }: TestStore) {
  const organization = (last += 1);
  const objects = memoryObjects();
  const prefer = (more: Partial<VoicemailPreferences>) =>
    commit(store, organization, [overwrite(voicemailPreferencesRow, { ...preferences, ...more })]);
  await prefer({});
  await commit(store, organization, [
    overwrite(voicemailRow, message),
    overwrite(audioRow, { id: 'vm_1', messages: 1 }),
    overwrite(mailboxRow, { mailbox: '204', held: 1 }),
  ]);
  /** @returns whether it is delivered again */
  const deliver = async (body: object): Promise<boolean> => {
    const handler = voicemailUploadsHandler({
      ...testDependencies(store, { clock: manualClock(at) }),
      objects,
    });
    const { batchItemFailures } = await handler(batchOf([body]));
    return batchItemFailures.length > 0;
  };
  const announce = (key: string) => deliver({ Records: [{ eventSource: 'aws:s3', s3: { object: { key } } }] });
  return {
    organization,
    objects,
    prefer,
    announce,
    task: (kind: string, id: string, numbers: number[] = []) =>
      deliver({ schema: 'voicemail.v1', kind, org_id: organization, id, numbers }),
    upload: async (place: { readonly bucket: 'voicemail'; readonly key: string }, bytes: Uint8Array = wav) => {
      await objects.put(place, bytes);
      return announce(place.key);
    },
    uploadAudio: async () => {
      await objects.put(audioObject(organization, 'vm_1'), wav);
      await announce(audioObject(organization, 'vm_1').key);
    },
    table: tableFor<'email' | 'voicemail' | 'audio' | 'mailbox' | 'voicemaildrop'>(store, organization),
  };
}
