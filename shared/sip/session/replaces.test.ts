import { describe, expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { Field, Headers } from '../headers.ts';
import { printUri } from '../uri.ts';
import { uriOf } from '../values.fixture.ts';
import { readReplaces, replacesOfUri, withReplaces } from './replaces.ts';
import { newPair } from './sessions.fixture.ts';

const dialog = { callId: '12a@b', toTag: 't', fromTag: 'f', earlyOnly: true };

test('the header names a dialog by Call-ID and tags', () => {
  const read = (value: string) => readReplaces(new Headers([new Field('Replaces', 'replaces', value)]));
  expect(read('12a@b;to-tag=t;from-tag=f;early-only')).toEqual(dialog);
  expect(read('12a@b;to-tag=t')).toBeInstanceOf(Fault);
  expect(read('12a b;to-tag=t;from-tag=f')).toBeInstanceOf(Fault);
  expect(readReplaces(Headers.none)).toBeUndefined();
});

test('a URI carries it escaped, and is read back', () => {
  const uri = withReplaces(uriOf('sip:carol@example.com'), dialog);
  expect(printUri(uri)).toBe('sip:carol@example.com?Replaces=12a%40b%3Bto-tag%3Dt%3Bfrom-tag%3Df%3Bearly-only');
  expect([replacesOfUri(uri), replacesOfUri(uriOf(printUri(uri)))]).toEqual([dialog, dialog]);
  expect(replacesOfUri(uriOf('sip:carol@example.com?Subject=x'))).toBeUndefined();
  expect(withReplaces(uriOf('tel:+1'), dialog)).toEqual(uriOf('tel:+1'));
});

describe('the session that a Replaces names (RFC 3891 §3)', () => {
  const named = (callId: string, { from, to }: { readonly from: string; readonly to: string }, earlyOnly = false) => ({
    callId,
    toTag: to,
    fromTag: from,
    earlyOnly,
  });

  test('is found by our own tag as to-tag', () => {
    const { call, bob, last } = newPair();
    const { callee } = call();
    const { callId, fromTag = '', toTag = '' } = last('alice ACK');
    expect(bob.sessions.replaced(named(callId, { from: fromTag, to: toTag }))).toBe(callee.session);
    expect(bob.sessions.replaced(named(callId, { from: toTag, to: fromTag }))).toEqual({ status: 481 });
    expect(bob.sessions.replaced(named(callId, { from: fromTag, to: toTag }, true))).toEqual({ status: 486 });
  });

  test('may be early only if we placed the call', () => {
    const { alice, bob, clock, last } = newPair();
    const caller = alice.invite();
    clock.advance(100);
    bob.incoming[0]!.session.progress(180);
    clock.advance(100);
    const { callId, fromTag = '', toTag = '' } = last('bob 180 INVITE');
    expect(bob.sessions.replaced(named(callId, { from: fromTag, to: toTag }))).toEqual({ status: 481 });
    expect(alice.sessions.replaced(named(callId, { from: toTag, to: fromTag }, true))).toBe(caller.session);
  });

  test('is rejected with 603 while it ends', () => {
    const { call, alice, last } = newPair();
    const { caller } = call();
    const { callId, fromTag = '', toTag = '' } = last('alice ACK');
    caller.session.end();
    expect(alice.sessions.replaced(named(callId, { from: toTag, to: fromTag }))).toEqual({ status: 603 });
  });
});
