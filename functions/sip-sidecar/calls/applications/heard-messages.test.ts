import { beforeEach, expect, test } from 'vitest';
import { testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { defaultPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { message as pending, newMailbox } from '#functions/messaging/voicemail-uploads/mailbox.fixture.ts';
import { sipSidecar } from '../../contract.ts';
import { HeardMessages } from './heard-messages.ts';

const running = testStore();
let box: Awaited<ReturnType<typeof newMailbox>>;

const messages = () => new HeardMessages(contextOf(sipSidecar, testDependencies(running.store)));
const of = (message: string, mailbox = '204') => ({ organization: box.organization, mailbox, message });
const read = (id: string) => box.table.get(voicemailRow, { id });
const counts = (mailbox = '204') => box.table.get(mailboxRow, { mailbox });
const types = async () => (await eventsOf(running.store, box.organization)).map(({ type }) => type);
const put = (id: string, more: Partial<Voicemail>) =>
  commit(running.store, box.organization, [
    overwrite(voicemailRow, { ...pending, id, audio: id, ...more }),
    overwrite(audioRow, { id, messages: 1 }),
  ]);

beforeEach(async () => {
  box = await newMailbox(running);
  await put('vm_2', { status: 'new', received_at: '2026-11-20T11:00:00.000Z', urgent: false });
  await put('vm_3', { status: 'read', received_at: '2026-11-20T09:00:00.000Z', urgent: false });
  await put('vm_4', { status: 'new', received_at: '2026-11-20T10:30:00.000Z', urgent: false });
  await commit(running.store, box.organization, [
    overwrite(mailboxRow, { mailbox: '204', held: 4, new: 2, read: 1 }),
    overwrite(voicemailPreferencesRow, {
      ...{ ...defaultPreferences('205'), max_messages: 1, created_at: '', updated_at: '' },
    }),
  ]);
});

test('new messages and others are listed oldest first, without one that waits for its audio', async () => {
  expect(await messages().list({ organization: box.organization, mailbox: '204' })).toEqual({
    ...{ fresh: ['vm_4', 'vm_2'], heard: ['vm_3'] },
  });
});

test('a message of another mailbox is not there', async () => {
  expect(await messages().get(of('vm_2', '205'))).toBeUndefined();
  expect(await messages().mark(of('vm_2', '205'), 'save')).toBe('missing');
  expect(await messages().remove(of('vm_2', '205'))).toBe('missing');
  expect(await messages().remove(of('vm_1'))).toBe('missing');
});

test('a message that is heard, and saved, counts so, with the events of the API', async () => {
  expect(await messages().mark(of('vm_2'), 'read')).toBe('ok');
  expect(await messages().mark(of('vm_2'), 'read')).toBe('ok');
  expect(await read('vm_2')).toMatchObject({ status: 'read', version: 2 });
  expect(await messages().mark(of('vm_2'), 'save')).toBe('ok');
  expect(await counts()).toMatchObject({ held: 4, new: 1, read: 1, saved: 1 });
  expect(await types()).toEqual(['voicemail.read']);
});

test('a message is deleted once', async () => {
  expect([await messages().remove(of('vm_3')), await messages().remove(of('vm_3'))]).toEqual(['ok', 'missing']);
  expect([await read('vm_3'), (await counts())?.held, await types()]).toEqual([undefined, 3, ['voicemail.deleted']]);
});

test('a message is forwarded to a mailbox that has room, with its audio', async () => {
  expect(await messages().forward(of('vm_2'), '205')).toBe('ok');
  expect(await messages().forward(of('vm_3'), '205')).toBe('full');
  expect(await messages().forward(of('vm_3'), '299')).toBe('missing');
  expect(await counts('205')).toMatchObject({ held: 1, new: 1 });
  expect(await box.table.get(audioRow, { id: 'vm_2' })).toMatchObject({ messages: 2 });
  expect((await types()).toSorted()).toEqual(['voicemail.forwarded', 'voicemail.new']);
});
