import { beforeEach, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { eventRow, type EventItem } from '#dynamodb/rows/event.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { tableFor } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import { defaultPreferences } from '#schema/mailbox.ts';
import type { Voicemail } from '#schema/voicemail.ts';
import { creditRow } from '../../billing/charging/row.ts';
import { voicemailRow } from '../rows/voicemail.ts';
import { optOutRow } from '../sms-opt-outs/row.ts';
import { smsMessage } from '../sms-delivery/contract.ts';
import { accepts, providerOf, sender } from '../sms-delivery/sender.fixture.ts';
import { start } from '../sms-delivery/sms.fixture.ts';
import { maxNotices, noticeIds } from './voicemail-notice.ts';

const at = start.toISOString();
const idOf = (position: number): string => `vm_01M80A5RM4M05JEBT5G3PPB3${String(position).padStart(2, '0')}`;
const first = idOf(0);
const to = '+14155551234';
const messageOf = (id: string, status: Voicemail['status'] = 'new'): Voicemail => ({
  ...{ id, mailbox: '204', audio: id, status, caller_number: '+14155550100', caller_name: null },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: 9, urgent: false, call_id: null, forwarded_from: null },
  ...{ comment: null, received_at: at, read_at: null, created_at: at, version: 1 },
});
const preferences = { ...defaultPreferences('204'), notify_sms: to, created_at: at, updated_at: at };

const running = testStore();
let place: Awaited<ReturnType<typeof mailbox>>;
beforeEach(async () => {
  place = await mailbox();
});

/** An organization with a mailbox that has messages and wants SMS. */
async function mailbox(settings = {}) {
  const provider = providerOf(accepts);
  const given = await sender(running.store, { provider, settings });
  const { organization, deliver } = given;
  const save = (...writes: Parameters<typeof commit>[2]) => commit(running.store, organization, writes);
  await save(overwrite(voicemailPreferencesRow, preferences), overwrite(voicemailRow, messageOf(first)));
  const table = tableFor<'sms'>(running.store, organization);
  return {
    ...given,
    provider,
    save,
    announce: (...ids: string[]) => deliver(...ids.map((id) => smsMessage({ org_id: organization, id }).body)),
    notices: async () => (await table.query(smsRow, {}, { order: 'asc' })).items,
  };
}

test('a message is announced by one SMS that its organization pays, however often the event comes', async () => {
  const { announce, notices, balance, events, send, provider } = place;
  expect(await announce(first, first)).toBe(0);
  await announce(first);
  const [notice, ...others] = await notices();
  expect(others).toEqual([]);
  expect(notice).toMatchObject({ status: 'queued', to, from: 'Acme', user_id: null, reference: first });
  expect(await balance()).toMatchObject({ reservations: 7_500n, charges: 0n });
  await send(noticeIds(first).sms);
  expect(provider.taken).toEqual([noticeIds(first).sms]);
  expect(await balance()).toMatchObject({ reservations: 0n, charges: 7_500n });
  expect(await events()).toEqual(['sms.queued', 'sms.sending', 'sms.sent']);
});

test('a notice of the notifier is one SMS to each of its numbers, which names its cause', async () => {
  const { announce, notices, save, balance, organization } = place;
  const id = 'evt_01M80A5RM4M05JEBT5G3PPB36N';
  const notice: EventItem = {
    ...{ id, org_id: organization, type: 'notifier.notice', at, entity: { type: 'notice', id }, severity: 'info' },
    ...{ description: '', changes: null, ip: null, user_agent: null, request_id: null, pending: false },
    actor: { id: 'system', type: 'system', name: 'system', credential: null },
    data: { sms_to: [to, '+14155551235', '+14155551236'], text: 'Door 7 was opened' },
  };
  const optOut = { number: '+14155551235', state: 'opted_out', source: 'api', reason: null, at, version: 1 } as const;
  const other = { ...notice, id: 'evt_01M80A5RM4M05JEBT5G3PPB36P', type: 'door.opened' };
  await save(overwrite(eventRow, notice), overwrite(eventRow, other), overwrite(optOutRow, optOut));
  expect(await announce(id, id, other.id)).toBe(0);
  expect((await notices()).map(({ to: number, status, cause }) => [number, status, cause])).toEqual([
    [to, 'queued', 'notice'],
    ['+14155551235', 'failed', 'notice'],
    ['+14155551236', 'queued', 'notice'],
  ]);
  expect(await balance()).toMatchObject({ reservations: 15_000n, charges: 0n });
  const events = await readToEnd((after) => tableFor<'event'>(running.store, organization).query(eventRow, {}, after));
  const ofSms = events.filter(({ type }) => type.startsWith('sms.'));
  expect(ofSms.map(({ cause }) => cause)).toEqual(['notice', 'notice', 'notice']);
});

test('a mailbox that wants no SMS, and a message without audio, have none', async () => {
  const { announce, notices, save } = place;
  await save(overwrite(voicemailPreferencesRow, { ...preferences, notify_sms: null }));
  await save(overwrite(voicemailRow, messageOf(idOf(1), 'pending')));
  await announce(first, idOf(1), idOf(2));
  await save(overwrite(voicemailPreferencesRow, preferences));
  await announce(idOf(1));
  expect(await notices()).toEqual([]);
});

test('a recipient that opted out gets none, which an event reports once', async () => {
  const { announce, notices, save, events, balance } = place;
  const optOut = { number: to, state: 'opted_out', source: 'api', reason: null, at, version: 1 } as const;
  await save(overwrite(optOutRow, optOut));
  await announce(first);
  await announce(first);
  expect(await notices()).toMatchObject([{ status: 'failed', error: { code: 'RECIPIENT_OPTED_OUT' } }]);
  expect(await events()).toEqual(['sms.failed']);
  expect(await balance()).toMatchObject({ reservations: 0n, charges: 0n });
});

test('without credit none is sent, which an event reports', async () => {
  const { announce, notices, save, events } = place;
  await save(overwrite(creditRow, { credits: -1_000_000, currency: 'USD', fixed: true }));
  expect(await announce(first)).toBe(0);
  expect(await notices()).toMatchObject([{ status: 'failed', error: { code: 'INSUFFICIENT_CREDITS' }, price: null }]);
  expect(await events()).toEqual(['sms.failed']);
});

test('an organization without a sender sends none', async () => {
  const { announce, notices } = await mailbox({ sender_ids: [] });
  await announce(first);
  expect(await notices()).toMatchObject([{ status: 'failed', error: { code: 'INVALID_SENDER' } }]);
});

test(`${maxNotices} notices of a mailbox are sent in an hour`, async () => {
  const { announce, notices, save, clock } = place;
  const ids = Array.from({ length: maxNotices + 1 }, (_id, position) => idOf(position));
  await save(...ids.map((id) => overwrite(voicemailRow, messageOf(id))));
  for (const id of ids) await announce(id);
  const states = (await notices()).map(({ status, error }) => error?.code ?? status);
  expect(states.filter((state) => state === 'queued')).toHaveLength(maxNotices);
  expect(states.filter((state) => state === 'RATE_LIMITED')).toHaveLength(1);
  clock.advance(3_600);
  await save(overwrite(voicemailRow, messageOf(idOf(50))));
  await announce(idOf(50));
  expect((await notices()).filter(({ status }) => status === 'queued')).toHaveLength(maxNotices + 1);
});
