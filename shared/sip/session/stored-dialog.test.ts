import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { printUri } from '../uri.ts';
import { nameOf, newPair, sdp, type PairOptions } from './sessions.fixture.ts';
import { restoreDialog } from './stored-dialog.ts';
import type { StoredSession } from './session.ts';

/** Another task has the dialog of Alice as JSON; her own task is gone. */
function takenOver(options: PairOptions = {}) {
  const pair = newPair(options);
  const { caller, callee } = pair.call();
  const stored = JSON.parse(JSON.stringify(caller.session.stored())) as StoredSession;
  return { ...pair, caller, callee, stored };
}

test('a dialog is plain JSON and is read back', () => {
  const { stored } = takenOver();
  expect(stored).toMatchObject({
    isCaller: true,
    sdp: sdp('alice'),
    localSequence: 1,
    remoteSequence: null,
    peerUpdates: true,
  });
  const restored = restoreDialog(stored);
  if (restored instanceof Fault) throw new Error(restored.reason);
  expect([printUri(restored.dialog.target), restored.dialog.callId]).toEqual([
    'sip:bob@bob.example.com',
    stored.callId,
  ]);
});

test('its CSeq numbers go on far behind those that may have been used', () => {
  const { stored, alice, clock, last, callee } = takenOver();
  const { session, listener } = alice.restore(stored);
  session.end({ q850: 41 });
  clock.advance(100);
  expect([last('alice BYE').cseq.sequence, listener.calls, callee.listener.calls.at(-1)]).toEqual([
    1_002,
    ['end us 41'],
    'end peer 41',
  ]);
});

test('offers go on, and requests of the peer are taken', async () => {
  const { stored, alice, clock, callee } = takenOver();
  const { session, listener } = alice.restore(stored);
  const outcome = session.offer(sdp('transferred', 'sendonly'));
  clock.advance(100);
  expect(callee.listener.offers[0]?.sdp).toContain('o=alice 1 2 ');
  callee.listener.offers[0]?.respond({ sdp: sdp('bob') });
  clock.advance(100);
  expect(await outcome).toEqual({ sdp: sdp('bob') });
  callee.session.end();
  clock.advance(100);
  expect(listener.calls).toEqual(['end peer']);
});

test('the session timer goes on', () => {
  const { stored, alice, clock, count } = takenOver();
  expect(stored.timer).toEqual({ seconds: 300, refresher: 'peer', isAgreed: true });
  alice.restore({ ...stored, timer: { seconds: 240, refresher: 'us', isAgreed: true } });
  clock.advance(120_000);
  expect(count('alice UPDATE')).toBe(1);
});

test('keys of SRTP are not stored, and what lacks them is not sent again: a peer without UPDATE gets it, too', () => {
  const { stored, alice, clock, count, caller, callee } = takenOver();
  const key = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30).toString('base64')}`;
  void caller.session.offer(`${sdp('alice')}${key}\r\n`);
  clock.advance(100);
  callee.listener.offers[0]?.respond({ sdp: sdp('bob') });
  clock.advance(100);
  const { sdp: last } = caller.session.stored() ?? {};
  expect(last).toContain('a=crypto:1 AES_CM_128_HMAC_SHA1_80\r\n');
  const [invites, updates] = [count('alice INVITE'), count('alice UPDATE')];
  const { session } = alice.restore({ ...stored, sdp: last ?? null, peerUpdates: false });
  session.refreshTarget();
  clock.advance(100);
  expect([count('alice INVITE') - invites, count('alice UPDATE') - updates]).toEqual([0, 1]);
});

test('before the answer and after the end there is nothing to store', () => {
  const { alice, clock, call } = newPair();
  const { session } = alice.invite();
  clock.advance(100);
  expect(session.stored()).toBeUndefined();
  const { caller } = call();
  caller.session.end();
  expect(caller.session.stored()).toBeUndefined();
});

test('a text that cannot be read is not restored', () => {
  const { stored, alice } = takenOver();
  for (const name of ['local', 'remote', 'target', 'contact'] as const)
    expect(restoreDialog({ ...stored, [name]: '<<<' })).toBeInstanceOf(Fault);
  expect(restoreDialog({ ...stored, routes: ['<<<'] })).toBeInstanceOf(Fault);
  expect(() => alice.restore({ ...stored, local: '' })).toThrow('not restored');
});

test('a session that is handed over sends nothing, and its successor tells the peer its Contact', async () => {
  const { stored, alice, caller, callee, clock, flow, last } = takenOver();
  const before = flow().length;
  expect(caller.session.isIdle).toBe(true);
  caller.session.handOver();
  clock.advance(100);
  expect([alice.sessions.size, flow().length, caller.listener.calls]).toEqual([0, before, ['answer bob']]);
  const { session } = alice.restore({ ...stored, contact: 'sip:next@alice.example.com' });
  session.refreshTarget();
  clock.advance(100);
  expect(flow().slice(before)).toEqual(['alice UPDATE', 'bob 200 UPDATE']);
  callee.session.end();
  clock.advance(100);
  const bye = last('bob BYE');
  expect(bye.kind === 'request' && printUri(bye.uri)).toBe('sip:next@alice.example.com');
});

test.each([
  [1, ['end timer']],
  [3, []],
])('a successor whose peer is not reachable for 40 s loses it after one attempt: %i', (attempts, ended) => {
  let isReachable = true;
  const lose: PairOptions['lose'] = ({ message }) => nameOf(message) === 'UPDATE' && !isReachable;
  const { stored, alice, caller, clock, last } = takenOver({ lose });
  caller.session.handOver();
  const { session, listener } = alice.restore(stored);
  isReachable = false;
  session.refreshTarget(attempts);
  clock.advance(40_000);
  isReachable = true;
  clock.advance(40_000);
  expect(listener.calls.filter((each) => each.startsWith('end'))).toEqual(ended);
  if (attempts > 1) expect(last('bob 200 UPDATE')).toBeDefined();
});

test('a session is not idle before its answer, and while an offer is in progress', () => {
  const { alice, clock, call } = newPair();
  const { session } = alice.invite();
  clock.advance(100);
  expect(session.isIdle).toBe(false);
  const { caller, callee } = call();
  expect([caller.session.isIdle, callee.session.isIdle]).toEqual([true, true]);
  void caller.session.offer(sdp('alice', 'inactive'));
  clock.advance(100);
  expect([caller.session.isIdle, callee.session.isIdle]).toEqual([false, false]);
});

test('what another task has described is described again, unless it has lost its keys', () => {
  const { alice, stored } = takenOver();
  expect(alice.restore(stored).session.described).toBe(sdp('alice'));
  const lost = { ...stored, sdp: `${sdp('alice')}a=crypto:1 AES_CM_128_HMAC_SHA1_80\r\n` };
  expect(alice.restore({ ...lost, callId: 'other' }).session.described).toBeUndefined();
});
