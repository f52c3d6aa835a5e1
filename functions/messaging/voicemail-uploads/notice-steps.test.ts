import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventsOf, startStore, type TestStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import { voicemailRow } from '../rows/voicemail.ts';
import { newMailbox } from './mailbox.fixture.ts';

let running: TestStore;
let box: Awaited<ReturnType<typeof newMailbox>>;
beforeAll(async () => {
  running = await startStore();
});
afterAll(() => running.stop());
beforeEach(async () => {
  box = await newMailbox(running);
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
