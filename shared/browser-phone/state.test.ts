import { describe, expect, test } from 'vitest';
import { callOf, joinable, nextState, partyText, signedOut, type Action, type PhoneState } from './state.ts';

const through = (...actions: readonly Action[]): PhoneState => actions.reduce(nextState, signedOut);

const signedIn: readonly Action[] = [
  { kind: 'signing in' },
  { kind: 'signed in', user: 'Ann', extension: '201' },
  { kind: 'registered' },
];
const called: Action = { kind: 'call', id: 'one', isIncoming: false, name: '', number: '202' };
const waits: Action = { kind: 'call', id: 'two', isIncoming: true, name: 'Carol', number: '203' };
const answered = (id: string): Action => ({ kind: 'answered', id, at: 1_000 });

describe('signing in', () => {
  test('leads to a line that is ready', () => {
    expect(through(...signedIn)).toMatchObject({ stage: 'ready', user: 'Ann', extension: '201', problem: '' });
  });

  test('asks for a code, also after a wrong one', () => {
    const asked = through({ kind: 'signing in' }, { kind: 'code wanted' });
    expect(asked).toMatchObject({ stage: 'signed out', wantsCode: true });
    const wrong = [{ kind: 'signing in' }, { kind: 'rejected', problem: 'wrong' }] as const;
    expect(wrong.reduce(nextState, asked)).toMatchObject({ stage: 'signed out', wantsCode: true, problem: 'wrong' });
  });

  test('that ends forgets everything but the reason', () => {
    expect(through(...signedIn, called, { kind: 'signed out', problem: 'ended' })).toEqual({
      ...signedOut,
      problem: 'ended',
    });
  });

  test('survives a lost connection, with its calls', () => {
    const lost = through(...signedIn, called, { kind: 'interrupted', why: 'lost' });
    expect(lost).toMatchObject({ stage: 'interrupted', notice: 'lost', calls: [{ id: 'one' }] });
    expect(nextState(lost, { kind: 'registered' }).stage).toBe('ready');
  });
});

describe('a call', () => {
  test('that is dialed rings, and is talked to', () => {
    const rings = through(...signedIn, called, { kind: 'rings', id: 'one' });
    expect(callOf(rings, 'one')).toMatchObject({ phase: 'ringing', isOutgoing: true });
    expect(nextState(rings, answered('one'))).toMatchObject({
      activeId: 'one',
      calls: [{ phase: 'talking', answeredAt: 1_000 }],
      notice: 'Talking to 202.',
    });
  });

  test('that comes in beside another one does not take its keys until it is answered', () => {
    const waiting = through(...signedIn, called, answered('one'), waits);
    expect(waiting).toMatchObject({ activeId: 'one', notice: 'Incoming call from Carol (203).' });
    expect(nextState(waiting, answered('two')).activeId).toBe('two');
  });

  test('that ends leaves the keys to the other one, and says why', () => {
    const state = through(...signedIn, called, answered('one'), waits, { kind: 'ended', id: 'one', why: 'busy.' });
    expect(state).toMatchObject({ activeId: 'two', calls: [{ id: 'two' }], notice: '202: busy.' });
    expect(nextState(state, { kind: 'ended', id: 'two', why: '' })).toMatchObject({ activeId: null, calls: [] });
  });

  test('is held by either side, and muted', () => {
    const state = through(
      ...signedIn,
      called,
      answered('one'),
      { kind: 'held', id: 'one', by: 'me', isHeld: true },
      { kind: 'held', id: 'one', by: 'peer', isHeld: true },
      { kind: 'muted', id: 'one', isMuted: true },
    );
    expect(callOf(state, 'one')).toMatchObject({ isHeld: true, isHeldByPeer: true, isMuted: true });
    expect(callOf(nextState(state, { kind: 'held', id: 'one', by: 'me', isHeld: false }), 'one')).toMatchObject({
      isHeld: false,
      isHeldByPeer: true,
    });
  });

  test('that is not transferred goes on', () => {
    const asked = through(...signedIn, called, answered('one'), { kind: 'transferring', id: 'one', to: '203' });
    expect(callOf(asked, 'one')?.transfer).toBe('asked');
    const failed = nextState(asked, { kind: 'not transferred', id: 'one', why: 'busy.' });
    expect(failed).toMatchObject({ calls: [{ transfer: 'none' }], notice: '202 is not transferred: busy.' });
  });

  test('that is transferred ends without a further notice', () => {
    const state = through(...signedIn, called, answered('one'), { kind: 'transferred', id: 'one', to: '203' });
    expect(nextState(state, { kind: 'ended', id: 'one', why: 'the call is over.' })).toMatchObject({
      calls: [],
      notice: '202 is transferred to 203.',
    });
  });

  test('that is gone changes nothing', () => {
    const state = through(...signedIn);
    const late: readonly Action[] = [
      { kind: 'rings', id: 'gone' },
      { kind: 'selected', id: 'gone' },
      { kind: 'held', id: 'gone', by: 'peer', isHeld: true },
      { kind: 'muted', id: 'gone', isMuted: true },
      { kind: 'transferring', id: 'gone', to: '1' },
      { kind: 'ended', id: 'gone', why: '' },
    ];
    for (const action of late) expect(nextState(state, action)).toEqual(state);
  });

  test('can be joined to another one if both are talked to, and one was dialed here', () => {
    const both = through(...signedIn, called, answered('one'), waits, answered('two'));
    const [one, two] = [callOf(both, 'one'), callOf(both, 'two')];
    expect([one && joinable(both, one)?.id, two && joinable(both, two)?.id]).toEqual(['two', 'one']);
    const ringing = through(...signedIn, called, waits, answered('two'));
    expect(ringing.calls.map((call) => joinable(ringing, call))).toEqual([undefined, undefined]);
    const incoming = through(...signedIn, waits, answered('two'), { ...waits, id: 'three' }, answered('three'));
    expect(incoming.calls.map((call) => joinable(incoming, call))).toEqual([undefined, undefined]);
  });
});

test('a party is named with its number, once', () => {
  expect(partyText({ name: 'Ann', number: '201' })).toBe('Ann (201)');
  expect([partyText({ name: '', number: '201' }), partyText({ name: '201', number: '201' })]).toEqual(['201', '201']);
});
