import { describe, expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Field, Headers } from '../headers.ts';
import { printUri, sipUri } from '../uri.ts';
import { addressOf, uriOf } from '../values.fixture.ts';
import { newPair } from './sessions.fixture.ts';

const target = sipUri({ user: 'carol', host: 'example.com' });
const nothing = [0, 0, 0, 0, 0];

/** Alice and Bob talk; Alice refers Bob to Carol. */
function referred(...parts: Parameters<typeof newPair>) {
  const pair = newPair(...parts);
  const { caller, callee } = pair.call();
  const progress: number[] = [];
  const status = caller.session.refer({ to: target }, (each) => void progress.push(each));
  pair.clock.advance(100);
  return { ...pair, caller, callee, progress, status, refer: callee.listener.refers[0]! };
}

describe('a REFER', () => {
  test('that is accepted is reported by NOTIFY at once, and then until its end (RFC 3515 §2.4.4)', async () => {
    const { clock, refer, flow, progress, status, caller, left, sent } = referred();
    expect(printUri(refer.to)).toBe('sip:carol@example.com');
    const report = refer.accept();
    clock.advance(100);
    report(180);
    clock.advance(100);
    report(200);
    report(486);
    clock.advance(100);
    expect(await status).toBe(202);
    expect([progress, flow().slice(-6)]).toEqual([
      [100, 180, 200],
      ['bob NOTIFY', 'alice 200 NOTIFY', 'bob NOTIFY', 'alice 200 NOTIFY', 'bob NOTIFY', 'alice 200 NOTIFY'],
    ]);
    const states = sent
      .filter(({ message }) => message.kind === 'request' && message.method === 'NOTIFY')
      .map(({ message }) => [message.headers.fields(header.subscriptionState)[0]?.value, message.body.toString()]);
    expect(states).toEqual([
      ['active;expires=180', 'SIP/2.0 100 Trying\r\n'],
      ['active;expires=180', 'SIP/2.0 180 Ringing\r\n'],
      ['terminated;reason=noresource', 'SIP/2.0 200 OK\r\n'],
    ]);
    caller.session.end();
    clock.advance(40_000);
    expect(left()).toEqual(nothing);
  });

  test('that is rejected is not reported', async () => {
    const { clock, refer, progress, status, flow } = referred();
    refer.reject(603);
    clock.advance(100);
    expect([await status, progress, flow().at(-1)]).toEqual([603, [], 'bob 603 REFER']);
  });

  test('reports one status at a time, and of those that wait only the last one', () => {
    const { clock, refer, progress } = referred();
    const report = refer.accept();
    for (const status of [180, 181, 182, 183]) report(status);
    clock.advance(100);
    expect(progress).toEqual([100, 183]);
  });

  test('reports nothing after the session has ended', () => {
    const { clock, refer, caller, progress, left } = referred();
    const report = refer.accept();
    clock.advance(100);
    caller.session.end();
    clock.advance(100);
    report(200);
    clock.advance(40_000);
    expect([progress, left()]).toEqual([[100], nothing]);
  });

  test('names the dialog that is to be replaced, and who refers (RFC 3891, RFC 3892)', () => {
    const { call, clock } = newPair();
    const { caller, callee } = call();
    const replaces = { callId: 'a@b;c', toTag: 't', fromTag: 'f', earlyOnly: false };
    void caller.session.refer(
      { to: target, replaces, referredBy: addressOf('<sip:alice@example.com>') },
      () => undefined,
    );
    clock.advance(100);
    const { to, replaces: named, referredBy } = callee.listener.refers[0]!;
    expect([printUri(to), named?.toTag, named?.fromTag, referredBy?.uri]).toEqual([
      'sip:carol@example.com',
      't',
      'f',
      uriOf('sip:alice@example.com'),
    ]);
  });

  test.each([
    ['<sip:carol@example.com;method=BYE>', 'bob 400 REFER'],
    ['<sip:carol@example.com?Replaces=%ZZ>', 'bob 400 REFER'],
    ['<sip:carol@example.com?Replaces=only-call-id>', 'bob 400 REFER'],
    ['<sip:carol@example.com', 'bob 400 REFER'],
    ['<mailto:carol@example.com>', 'bob 416 REFER'],
  ])('to %s is rejected: %s', (text, response) => {
    const { call, forge } = newPair();
    const { callee } = call();
    const headers = new Headers([new Field('Refer-To', 'refer-to', text)]);
    expect([forge('REFER', { headers }), callee.listener.refers]).toEqual([response, []]);
  });

  test('without Refer-To is rejected', () => {
    const { call, forge } = newPair();
    call();
    expect(forge('REFER')).toBe('bob 400 REFER');
  });

  test('passes no header of its URI on but Replaces', () => {
    const { call, forge } = newPair();
    const { callee } = call();
    const text = '<sip:carol@example.com;method=INVITE?Route=%3Csip:evil%3E&Subject=x>';
    forge('REFER', { headers: new Headers([new Field('Refer-To', 'refer-to', text)]) });
    expect(printUri(callee.listener.refers[0]!.to)).toBe('sip:carol@example.com');
  });

  test('that wants no subscription is not reported (RFC 4488)', () => {
    const { call, forge, clock, count, last } = newPair();
    const { callee } = call();
    const fields = [
      new Field('Refer-To', 'refer-to', '<sip:c@example.com>'),
      new Field('Refer-Sub', 'refer-sub', 'false'),
    ];
    forge('REFER', { headers: new Headers(fields) });
    callee.listener.refers[0]!.accept()(200);
    clock.advance(100);
    expect([count('bob NOTIFY'), last('bob 202 REFER').headers.has(header.referSub)]).toEqual([0, true]);
  });
});

test('only four references of a dialog may be open', async () => {
  const { caller, clock, callee } = referred();
  for (let more = 0; more < 3; more += 1) void caller.session.refer({ to: target }, () => undefined);
  expect(await caller.session.refer({ to: target }, () => undefined)).toBe(500);
  clock.advance(100);
  expect(callee.listener.refers).toHaveLength(4);
});

test('a NOTIFY that no REFER asked for, or of another event, gets 481', () => {
  const { call, forge } = newPair();
  call();
  const event = (value: string): Headers => new Headers([new Field('Event', 'event', value)]);
  expect([forge('NOTIFY', { headers: event('refer') }), forge('NOTIFY', { headers: event('dialog') })]).toEqual([
    'bob 481 NOTIFY',
    'bob 481 NOTIFY',
  ]);
});

test('a subscription that ends without a result reports 503', () => {
  const { call, forge, clock } = newPair();
  const { callee } = call();
  const progress: number[] = [];
  void callee.session.refer({ to: target }, (status) => void progress.push(status));
  clock.advance(100);
  const fields = [
    new Field('Event', 'event', 'refer'),
    new Field('Subscription-State', 'subscription-state', 'terminated'),
  ];
  forge('NOTIFY', { headers: new Headers(fields) });
  expect([progress, forge('NOTIFY', { headers: new Headers(fields) })]).toEqual([[503], 'bob 481 NOTIFY']);
});
