import { expect, test } from 'vitest';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import type { RequestedContacts } from './contacts.ts';
import { applyRegister, extendedBinding, type Outcome, type BindingOrigin } from './registration.ts';
import { omit } from '#schema/omit.ts';
import { contacts } from '../service/register.fixture.ts';

const at = new Date('2026-11-20T10:00:00.000Z');
const later = (seconds: number): Date => new Date(at.getTime() + seconds * 1_000);
const origin = (more: Partial<BindingOrigin> = {}): BindingOrigin => ({
  sip_username: 'a',
  device_id: 'dev_1',
  line_number: 1,
  owner: 'task_1',
  owner_address: '127.0.0.1:1',
  call_id: 'call',
  cseq: 1,
  user_agent: 'Phone/1',
  at,
  flow: { transport: 'udp', remote: { address: '192.0.2.1', port: 5_060 }, local: { address: '0.0.0.0', port: 5_060 } },
  ...more,
});
const applied = (
  stored: readonly BindingItem[],
  asked: RequestedContacts,
  more: Partial<BindingOrigin> = {},
): Outcome => {
  const outcome = applyRegister(stored, asked, origin(more));
  if ('status' in outcome) throw new Error(outcome.reason);
  return outcome;
};

/** What a REGISTER is, if it changes nothing else. */
const extended = (outcome: Outcome): 'refresh' | 'restart' | undefined => {
  const binding = extendedBinding(outcome);
  if (binding === undefined) return undefined;
  return binding.written === undefined ? 'refresh' : 'restart';
};

const one = contacts('Contact: <sip:a@192.0.2.1:5060>');
const first = applied([], one).present;

test('a first contact is bound until its expiry', () => {
  expect(first).toMatchObject([
    {
      contact: 'sip:a@192.0.2.1:5060',
      registered_at: at.toISOString(),
      expires_at: later(3_600).toISOString(),
      owner: 'task_1',
    },
  ]);
});

test('a repeated REGISTER is a refresh, with another Call-ID a restart, and neither if owner or flow changes', () => {
  const again = applied(first, one, { cseq: 2, at: later(60) });
  expect([again.present.length, again.present[0]?.registered_at, extended(again)]).toEqual([
    1,
    at.toISOString(),
    'refresh',
  ]);
  expect(extended(applied(first, one, { cseq: 2, owner: 'task_2' }))).toBeUndefined();
  expect(
    extended(applied(first, one, { cseq: 2, flow: { ...origin().flow, remote: { address: '192.0.2.2', port: 1 } } })),
  ).toBeUndefined();
  const restarted = applied(first, one, { call_id: 'other', at: later(60) });
  expect([restarted.present.length, restarted.present[0]?.registered_at, extended(restarted)]).toEqual([
    1,
    later(60).toISOString(),
    'restart',
  ]);
});

test('a CSeq that is not higher with the same Call-ID is rejected with 500', () => {
  expect(applyRegister(first, one, origin({ cseq: 1 }))).toMatchObject({ status: 500 });
  expect(applyRegister(first, 'remove all', origin({ cseq: 1 }))).toMatchObject({ status: 500 });
  expect(applyRegister(first, contacts('Contact: <sip:a@other>'), origin({ cseq: 1 }))).not.toHaveProperty('status');
});

test('expires=0 removes one binding, an asterisk all, and a query none', () => {
  const two = applied(first, contacts('Contact: <sip:a@second>'), { cseq: 2 }).present;
  expect(two).toHaveLength(2);
  expect(applied(two, contacts('Contact: <sip:a@second>;expires=0'), { cseq: 3 })).toMatchObject({
    removed: [{ contact: 'sip:a@second' }],
    present: first,
  });
  expect(applied(two, 'remove all', { call_id: 'other' })).toMatchObject({ put: [], present: [], removed: two });
  expect(applied(two, 'none').present).toEqual(two);
});

test('an expired binding is not returned, and its CSeq is not compared', () => {
  expect(applied(first, 'none', { at: later(3_601) }).present).toEqual([]);
  expect(applied(first, one, { cseq: 1, at: later(3_601) }).present).toMatchObject([
    { registered_at: later(3_601).toISOString() },
  ]);
});

test('an eleventh contact replaces the oldest', () => {
  const ten = Array.from(
    { length: 10 },
    (_value, host) => applied([], contacts(`Contact: <sip:a@h${host}>`), { at: later(host) }).present,
  ).flat();
  const outcome = applied(ten, contacts('Contact: <sip:a@new>'), { at: later(60), call_id: 'other' });
  expect([outcome.removed.map(({ contact }) => contact), outcome.present.length]).toEqual([['sip:a@h0'], 10]);
});

test('two flows of one instance are bound side by side, and a new instance or flow is no refresh', () => {
  const flow = (id: number) => contacts(`Contact: <sip:a@h${id}>;+sip.instance="<urn:uuid:1>";reg-id=${id}`);
  const both = applied(applied([], flow(1)).present, flow(2), { call_id: 'other' }).present;
  expect(both).toMatchObject([{ contact: 'sip:a@h1' }, { contact: 'sip:a@h2' }]);
  expect(extended(applied(both, flow(2), { call_id: 'other', cseq: 2 }))).toBe('refresh');
  // A binding that was stored before its instance was.
  expect(extended(applied([omit(both[0] as BindingItem, 'instance')], flow(1), { cseq: 2 }))).toBeUndefined();
});
