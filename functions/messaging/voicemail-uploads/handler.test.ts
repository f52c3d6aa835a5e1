import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Drop } from '../schema/voicemail-drop.ts';
import { audioObject, voicemailRow } from '../rows/voicemail.ts';
import { dropObject, dropRow } from '../rows/voicemail-drop.ts';
import { at, newMailbox, wav } from './mailbox.fixture.ts';

let running: TestStore;
let box: Awaited<ReturnType<typeof newMailbox>>;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());
beforeEach(async () => {
  box = await newMailbox(running);
  await commit(running.store, box.organization, [overwrite(dropRow, drop)]);
});

const recording = (number: number) => ({ number, content_type: 'audio/wav', size: wav.length, duration_seconds: 9 });
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
