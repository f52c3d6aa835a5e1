import { describe, expect, test } from 'vitest';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import { parseMessage, type SipRequest } from '../../../shared/sip/message.ts';
import { wantedOf, type Wanted, type WantedContact } from './contacts.ts';
import { isRefresh, registered, type Outcome, type Registering } from './registration.ts';

const register = (...fields: readonly string[]): SipRequest => {
  const message = parseMessage(
    Buffer.from(
      [
        'REGISTER sip:example.com SIP/2.0',
        'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
        'From: <sip:a@example.com>;tag=1',
        'To: <sip:a@example.com>',
        'Call-ID: 1',
        'CSeq: 1 REGISTER',
        ...fields,
        '',
        '',
      ].join('\r\n'),
    ),
  );
  if (message.kind !== 'request') throw new Error('not a request');
  return message;
};
const wanted = (...fields: readonly string[]) => wantedOf(register(...fields), 'a');
const contacts = (...fields: readonly string[]): Wanted => {
  const found = wanted(...fields);
  if (typeof found === 'object' && 'status' in found) throw new Error(found.reason);
  return found;
};

const at = new Date('2026-11-20T10:00:00.000Z');
const later = (seconds: number): Date => new Date(at.getTime() + seconds * 1_000);
const by = (more: Partial<Registering> = {}): Registering => ({
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
const done = (stored: readonly BindingItem[], asked: Wanted, more: Partial<Registering> = {}): Outcome => {
  const outcome = registered(stored, asked, by(more));
  if ('status' in outcome) throw new Error(outcome.reason);
  return outcome;
};

const one = contacts('Contact: <sip:a@192.0.2.1:5060>');
const first = done([], one).present;

describe('what a REGISTER asks for', () => {
  test('each contact for its own time, else that of Expires, else an hour', () => {
    expect(wanted('Contact: <sip:a@h1>;expires=120, <sip:a@h2>;q=0.5', 'Expires: 600')).toMatchObject([
      { uri: 'sip:a@h1', seconds: 120, q: 1 },
      { seconds: 600, q: 0.5 },
    ]);
    expect(wanted('Contact: <sip:a@h1>')).toMatchObject([{ seconds: 3_600 }]);
    expect(wanted('Contact: <sip:a@h1>;expires=99999999')).toMatchObject([{ seconds: 3_600 }]);
  });

  test('a time that cannot be read is as none', () => {
    expect(wanted('Contact: <sip:a@h1>;expires=soon', 'Expires: now')).toMatchObject([{ seconds: 3_600 }]);
  });

  test('nothing, or to remove all', () => {
    expect([wanted(), wanted('Contact: *', 'Expires: 0')]).toEqual(['none', 'remove all']);
  });

  test.each([
    ['Contact: *'],
    ['Contact: *', 'Expires: 60'],
    ['Contact: *, <sip:a@h>', 'Expires: 0'],
    ['Contact: <tel:+15550100>'],
    ['Contact: <sip:a@h'],
    ['Contact: <mailto:a@h>'],
  ])('%j is refused', (...fields) => {
    expect(wanted(...fields)).toMatchObject({ status: 400 });
  });

  test('a time that is too short is 423, none at all is not', () => {
    expect(wanted('Contact: <sip:a@h>;expires=59')).toMatchObject({ status: 423 });
    expect(wanted('Contact: <sip:a@h>;expires=0')).toMatchObject([{ seconds: 0 }]);
  });

  test('a phone that names its instance is the same from another address; one that does not is told by its URI', () => {
    const instance = ';+sip.instance="<urn:uuid:1>"';
    const [here, there, plain, plainThere, escaped] = [
      `<sip:a@h1>${instance}`,
      `<sip:a@h2>${instance}`,
      '<sip:a@h1>',
      '<sip:a@h2>',
      '<sip:%61@H1;transport=UDP>',
    ].map((contact) => (contacts(`Contact: ${contact}`) as readonly WantedContact[])[0]?.key);
    expect([here === there, plain === plainThere, plain === escaped, here === plain]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });
});

describe('what it makes of the bindings', () => {
  test('a first contact is bound, and answered with its expiry', () => {
    expect(first).toMatchObject([
      {
        contact: 'sip:a@192.0.2.1:5060',
        registered_at: at.toISOString(),
        expires_at: later(3_600).toISOString(),
        owner: 'task_1',
      },
    ]);
  });

  test('the same again is a refresh; from elsewhere, or after a new start of the phone, it is not', () => {
    const again = done(first, one, { cseq: 2, at: later(60) });
    expect([again.present.length, again.present[0]?.registered_at, isRefresh(again)]).toEqual([
      1,
      at.toISOString(),
      true,
    ]);
    expect(isRefresh(done(first, one, { cseq: 2, owner: 'task_2' }))).toBe(false);
    expect(
      isRefresh(done(first, one, { cseq: 2, flow: { ...by().flow, remote: { address: '192.0.2.2', port: 1 } } })),
    ).toBe(false);
    const restarted = done(first, one, { call_id: 'other', at: later(60) });
    expect([restarted.present.length, restarted.present[0]?.registered_at, isRefresh(restarted)]).toEqual([
      1,
      later(60).toISOString(),
      false,
    ]);
  });

  test('an older CSeq of the same Call-ID changes nothing', () => {
    expect(registered(first, one, by({ cseq: 1 }))).toMatchObject({ status: 500 });
    expect(registered(first, 'remove all', by({ cseq: 1 }))).toMatchObject({ status: 500 });
    expect(registered(first, contacts('Contact: <sip:a@other>'), by({ cseq: 1 }))).not.toHaveProperty('status');
  });

  test('expires=0 removes one, * all, and of many none or all', () => {
    const two = done(first, contacts('Contact: <sip:a@second>'), { cseq: 2 }).present;
    expect(two).toHaveLength(2);
    expect(done(two, contacts('Contact: <sip:a@second>;expires=0'), { cseq: 3 })).toMatchObject({
      removed: [{ contact: 'sip:a@second' }],
      present: first,
    });
    expect(done(two, 'remove all', { call_id: 'other' })).toMatchObject({ put: [], present: [], removed: two });
    expect(done(two, 'none').present).toEqual(two);
  });

  test('what has expired is not there any more, nor in the way of its CSeq', () => {
    expect(done(first, 'none', { at: later(3_601) }).present).toEqual([]);
    expect(done(first, one, { cseq: 1, at: later(3_601) }).present).toMatchObject([
      { registered_at: later(3_601).toISOString() },
    ]);
  });

  test('the oldest of ten makes room', () => {
    const ten = Array.from(
      { length: 10 },
      (_, host) => done([], contacts(`Contact: <sip:a@h${host}>`), { at: later(host) }).present,
    ).flat();
    const outcome = done(ten, contacts('Contact: <sip:a@new>'), { at: later(60), call_id: 'other' });
    expect([outcome.removed.map(({ contact }) => contact), outcome.present.length]).toEqual([['sip:a@h0'], 10]);
  });
});
