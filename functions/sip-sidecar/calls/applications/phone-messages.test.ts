import { soundOfMessage } from '#schema/message-sound.ts';
import { beforeEach, expect, test } from 'vitest';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventsOf, testStore } from '#test/support/store.fixture.ts';
import { wavTone } from '#test/support/wav.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { mailboxRow, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { overwrite } from '#dynamodb/write.ts';
import { contextOf } from '#runtime/background-context.ts';
import { defaultPreferences, type VoicemailPreferences } from '#schema/mailbox.ts';
import { messageSound } from '#schema/sound.ts';
import { audioObject } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '#functions/messaging/rows/voicemail.ts';
import { newMailbox } from '#functions/messaging/voicemail-uploads/mailbox.fixture.ts';
import { sipSidecar } from '../../contract.ts';
import { callFacts } from '../call/calls.fixture.ts';
import { newRecord } from '../call/record.ts';
import { callerOf, phoneMessages } from './phone-messages.ts';

const running = testStore();
let box: Awaited<ReturnType<typeof newMailbox>>;

const call = newRecord(callFacts(), noon);
const messages = () => phoneMessages(contextOf(sipSidecar, testDependencies(running.store)));

/** The box 300 of the organization: `held` counts its messages. */
const mailbox = '300';
const place = () => ({ organization: box.organization, mailbox });
const named = (message: string) => ({ organization: box.organization, message });
const prefer = (more: Partial<VoicemailPreferences> = {}) =>
  commit(running.store, box.organization, [
    overwrite(voicemailPreferencesRow, {
      ...{ ...defaultPreferences(mailbox), created_at: '', updated_at: '' },
      ...more,
    }),
  ]);
const counts = () => box.table.get(mailboxRow, { mailbox });
const messageOf = (id: string) => box.table.get(voicemailRow, { id });
const newMessages = async () =>
  (await eventsOf(running.store, box.organization)).filter(({ type }) => type === 'voicemail.new');

async function open(replaced: string | null = null): Promise<string> {
  const opened = await messages().open(place(), call, replaced);
  if (typeof opened === 'string') throw new Error(`the mailbox is ${opened}`);
  return opened.message;
}

beforeEach(async () => {
  box = await newMailbox(running);
  await prefer({ max_messages: 2 });
});

const record = (id: string, seconds: number) =>
  box.upload(audioObject(box.organization, id), wavTone(700, seconds, 8_000));

test('a message fills its mailbox while it is recorded, and is new when it is kept and stored', async () => {
  const id = await open();
  expect(await counts()).toMatchObject({ held: 1 });
  expect(await messages().keep(named(id), true)).toBe(true);
  expect(await messageOf(id)).toMatchObject({ status: 'pending', phone: { kept: true, stored: false } });
  await record(id, 3);
  expect(await messageOf(id)).toMatchObject({ status: 'new', urgent: true, duration_seconds: 3, call_id: call.id });
  expect(await counts()).toMatchObject({ held: 1, new: 1, urgent_new: 1 });
  expect(await newMessages()).toHaveLength(1);
  const sound = messageSound(soundOfMessage(box.organization, id));
  expect(box.objects.kept.has(`${sound.bucket}/${sound.key}`) || box.objects.kept.has(sound.key)).toBe(true);
});

test('one that is stored first can be heard, and is new when it is kept; a repetition changes nothing', async () => {
  const id = await open();
  await record(id, 3);
  expect(await messages().stored(named(id))).toBe(true);
  expect(await messageOf(id)).toMatchObject({ status: 'pending' });
  await messages().keep(named(id), false);
  await messages().keep(named(id), false);
  await record(id, 3);
  expect(await messageOf(id)).toMatchObject({ status: 'new', urgent: false, version: 3 });
  expect([await newMessages(), await counts()]).toMatchObject([[{}], { held: 1, new: 1 }]);
});

test('one that is recorded again is gone, and what comes of it is deleted', async () => {
  const first = await open();
  const second = await open(first);
  expect([await messageOf(first), (await counts())?.held]).toEqual([undefined, 1]);
  await record(first, 3);
  expect([...box.objects.kept.keys()].filter((key) => key.includes(first))).toEqual([]);
  expect(await box.table.get(audioRow, { id: first })).toBeUndefined();
  await messages().keep(named(second), false);
  await record(second, 3);
  expect(await messageOf(second)).toMatchObject({ status: 'new' });
});

test('one that is dropped, as its recording is too short, cannot be kept', async () => {
  const id = await open();
  await record(id, 1);
  expect([await messages().keep(named(id), false), await messages().stored(named(id))]).toEqual([false, false]);
});

test('of callers at once no more are taken than the mailbox holds, which is reported once', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => messages().open(place(), call, null)));
  expect(all.filter((each) => each === 'full')).toHaveLength(6);
  expect(await counts()).toMatchObject({ held: 2 });
  const reported = (await eventsOf(running.store, box.organization)).filter(
    ({ type }) => type === 'voicemail.mailbox_full',
  );
  expect(reported).toHaveLength(1);
});

test('a mailbox that is disabled, or does not exist, takes none', async () => {
  await prefer({ enabled: false });
  expect(await messages().open(place(), call, null)).toBe('missing');
  expect(await messages().open({ ...place(), mailbox: 'none' }, call, null)).toBe('missing');
});

test('a caller that withholds its number is not shown; one without a number has its name', () => {
  const party = { scheme: 'sip', user: '201', name: 'Ann' } as const;
  const of = (caller: string | null, privacy = false) =>
    callerOf({ ...call, privacy, source: { ...call.source, caller: party }, numbers: { ...call.numbers, caller } });
  expect(of('+4689051000')).toEqual({ caller_number: '+4689051000', caller_name: 'Ann' });
  expect(of(null)).toEqual({ caller_number: null, caller_name: 'Ann 201' });
  expect(of('+4689051000', true)).toEqual({ caller_number: null, caller_name: null });
});
