import { beforeEach, expect, test } from 'vitest';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import { audioObject } from '#schema/voicemail.ts';
import { learnFact, openMessage, type PhoneMessage } from '../rows/phone-message.ts';
import { audioRow, voicemailRow } from '../rows/voicemail.ts';
import { at, newMailbox } from './mailbox.fixture.ts';

const running = testStore();
let box: Awaited<ReturnType<typeof newMailbox>>;

const id = 'vm_2';
const caller = { caller_number: null, caller_name: 'Ann', call_id: 'call_1', owners: [] };
const opened = openMessage({ id, mailbox: '204', ...caller, now: new Date(at) }) as PhoneMessage;

/** The mailbox 204 has another message, and this one. */
const place = (message = opened) =>
  commit(running.store, box.organization, [
    overwrite(voicemailRow, message),
    overwrite(audioRow, { id, messages: 1 }),
    overwrite(mailboxRow, { mailbox: '204', held: 2 }),
  ]);
const record = (seconds: number) => box.upload(audioObject(box.organization, id), wavTone(700, seconds, 8_000));
const message = () => box.table.get(voicemailRow, { id });
const held = async () => (await box.table.get(mailboxRow, { mailbox: '204' }))?.held;
const newOnes = async () =>
  (await eventsOf(running.store, box.organization)).filter(({ type }) => type === 'voicemail.new').length;

beforeEach(async () => {
  box = await newMailbox(running);
  await place();
});

test('a recording that comes waits for the decision of the caller, and is kept after its time', async () => {
  await record(3);
  expect(await message()).toMatchObject({ status: 'pending', duration_seconds: 3, phone: { stored: true } });
  expect(await newOnes()).toBe(0);
  await box.task('review', id);
  await box.task('review', id);
  expect(await message()).toMatchObject({ status: 'new', urgent: false });
  expect(await newOnes()).toBe(1);
});

test('one that was kept is new when its recording comes, however often that is announced', async () => {
  await place(learnFact(opened, { type: 'kept', urgent: true }) as PhoneMessage);
  await record(3);
  await record(3);
  expect(await message()).toMatchObject({ status: 'new', urgent: true, size: wavTone(700, 3, 8_000).length });
  expect(await newOnes()).toBe(1);
});

test.each([1.9, 0])('a recording of %d s is dropped with its bytes, and its place is free', async (seconds) => {
  await record(seconds);
  expect([await message(), await held(), [...box.objects.kept.keys()]]).toEqual([undefined, 1, []]);
});

test('without a recording a message is given back at its deadline; one with a recording is kept then', async () => {
  await box.task('review', id);
  expect(await message()).toMatchObject({ status: 'pending' });
  await box.task('deadline', id);
  expect([await message(), await held()]).toEqual([undefined, 1]);
  expect(await box.table.get(audioRow, { id })).toBeUndefined();
  await place();
  await record(3);
  await box.task('deadline', id);
  expect(await message()).toMatchObject({ status: 'new' });
});

test('what calls play of a message goes with its audio', async () => {
  await record(3);
  expect([...box.objects.kept.keys()].filter((key) => key.includes('/sounds/'))).toHaveLength(1);
  await commit(running.store, box.organization, [overwrite(audioRow, { id, messages: 0 })]);
  await box.task('audio', id);
  expect([...box.objects.kept.keys()]).toEqual([]);
});
