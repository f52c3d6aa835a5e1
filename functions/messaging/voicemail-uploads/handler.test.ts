import { beforeEach, describe, expect, test } from 'vitest';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Drop } from '#schema/voicemail-drop.ts';
import { userOf } from '#test/support/people.fixture.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import type { Email } from '#schema/email.ts';
import { audioObject } from '#schema/voicemail.ts';
import { voicemailRow } from '../rows/voicemail.ts';
import { dropObject, dropRow } from '#dynamodb/rows/voicemail-drop.ts';
import { at, newMailbox, wav } from './mailbox.fixture.ts';

const running = testStore();
let box: Awaited<ReturnType<typeof newMailbox>>;
beforeEach(async () => {
  box = await newMailbox(running);
  await commit(running.store, box.organization, [overwrite(dropRow, drop)]);
});

const recording = (number: number) =>
  ({ number, content_type: 'audio/wav', size: wav.length, duration_seconds: 9 }) as const;
const drop: Drop = {
  ...{ id: 'vmd_1', name: 'Callback', description: null, user_id: null, file: null, content: recording(1) },
  ...{ upload: recording(2), uploads: 2, created_at: at, updated_at: at, version: 2 },
};

describe('the audio of a message', () => {
  test('makes it new, once, however often it is announced', async () => {
    const place = audioObject(box.organization, 'vm_1');
    expect([await box.upload(place), await box.announce(place.key)]).toEqual([false, false]);
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toMatchObject({ status: 'new', version: 2 });
    expect(await box.table.get(mailboxRow, { mailbox: '204' })).toMatchObject({ held: 1, new: 1, urgent_new: 1 });
  });

  test('of another type deletes it with its bytes, and its place is free', async () => {
    await box.upload(audioObject(box.organization, 'vm_1'), Buffer.alloc(wav.length));
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toBeUndefined();
    expect(await box.table.get(mailboxRow, { mailbox: '204' })).toMatchObject({ held: 0 });
    expect(box.objects.kept.size).toBe(0);
  });

  test('that does not come in time deletes it; what comes later is deleted too', async () => {
    await box.task('deadline', 'vm_1');
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toBeUndefined();
    await box.uploadAudio();
    expect(box.objects.kept.size).toBe(0);
  });

  test('stays while a message has it, although another one was deleted', async () => {
    await box.uploadAudio();
    await box.task('audio', 'vm_1');
    await box.task('deadline', 'vm_1');
    expect(box.objects.kept.size).toBe(1);
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toMatchObject({ status: 'new' });
  });
});

describe('the recording of a drop', () => {
  test('takes the place of the one before', async () => {
    await box.upload(dropObject(box.organization, 'vmd_1', 2));
    expect(await box.table.get(dropRow, { id: 'vmd_1' })).toMatchObject({ content: { number: 2 }, upload: null });
  });

  test('of another type, or that does not come, leaves the one before', async () => {
    await box.upload(dropObject(box.organization, 'vmd_1', 2), Buffer.alloc(wav.length));
    expect(await box.table.get(dropRow, { id: 'vmd_1' })).toMatchObject({ content: { number: 1 }, upload: null });
    await box.task('drop-deadline', 'vmd_1/1');
    expect(await box.table.get(dropRow, { id: 'vmd_1' })).toMatchObject({ content: { number: 1 } });
  });

  test('that no drop has is deleted', async () => {
    await box.upload(dropObject(box.organization, 'vmd_none', 1));
    await box.objects.put(dropObject(box.organization, 'vmd_1', 1), wav);
    await box.task('recordings', 'vmd_1', [1]);
    expect(box.objects.kept.size).toBe(0);
  });
});

test('an object of another area is left alone', async () => {
  const place = { bucket: 'voicemail', key: `org_${box.organization}/other/x_1/1` } as const;
  expect(await box.upload(place)).toBe(false);
  expect(box.objects.kept.size).toBe(1);
});

describe('the mailbox of a deleted user', () => {
  const types = async () => (await eventsOf(running.store, box.organization)).map(({ type }) => type);

  test('is deleted', async () => {
    await box.prefer({ user_id: 'usr_gone' });
    await box.task('abandoned', '204');
    expect(await types()).toEqual(['mailbox.deleted']);
  });

  test('stays if another user has it', async () => {
    await box.prefer({ user_id: 'usr_ann' });
    await commit(running.store, box.organization, [overwrite(userRow, userOf('usr_ann', {}))]);
    await box.task('abandoned', '204');
    expect(await types()).toEqual([]);
  });

  test('that named the user is deleted if it names the user still, and stays if it is a shared one since', async () => {
    await box.prefer({ user_id: null });
    await box.task('abandoned', '204/usr_gone');
    expect(await types()).toEqual([]);
    await box.prefer({ user_id: 'usr_gone' });
    await box.task('abandoned', '204/usr_gone');
    expect(await types()).toEqual(['mailbox.deleted']);
  });

  test('is deleted by the extension of the user, also if its preferences name no one', async () => {
    await box.prefer({ user_id: null });
    await box.task('abandoned', '204');
    expect(await types()).toEqual(['mailbox.deleted']);
  });
});

describe('the notice about a message', () => {
  const notice = { id: 'eml_1' };
  const deliverNotice = async () => {
    await box.uploadAudio();
    await box.task('notice', 'vm_1');
    const email = await box.table.get(emailRow, notice);
    await commit(running.store, box.organization, [overwrite(emailRow, { ...email, ...delivered })]);
  };
  const delivered = { status: 'delivered' } as Email;

  test('is one e-mail with the audio, however often the event comes', async () => {
    await box.task('notice', 'vm_1');
    expect(await box.table.get(emailRow, notice)).toBeUndefined();
    await box.uploadAudio();
    await box.task('notice', 'vm_1');
    const email = await box.table.get(emailRow, notice);
    expect(email).toMatchObject({ status: 'queued', to: ['ann@example.com'], recording: { filename: 'vm_1.wav' } });
    expect(await box.task('notice', 'vm_1')).toBe(false);
    expect(await box.table.get(emailRow, notice)).toEqual(email);
    const types = (await eventsOf(running.store, box.organization)).map(({ type }) => type);
    expect(types.toSorted()).toEqual(['email.queued', 'voicemail.new']);
  });

  test('is not written for a mailbox that wants none', async () => {
    await box.prefer({ notify_email: null });
    await box.uploadAudio();
    await box.task('notice', 'vm_1');
    expect(await box.table.get(emailRow, notice)).toBeUndefined();
  });

  test('deletes the message once it was delivered, if the mailbox wants that', async () => {
    await box.uploadAudio();
    await box.task('notice', 'vm_1');
    await box.task('delivered', 'eml_1');
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toMatchObject({ status: 'new' });
    await deliverNotice();
    await box.task('delivered', 'eml_1');
    await box.task('delivered', 'eml_1');
    expect(await box.table.get(voicemailRow, { id: 'vm_1' })).toBeUndefined();
    expect(await box.table.get(mailboxRow, { mailbox: '204' })).toMatchObject({ held: 0, new: 0 });
  });
});
