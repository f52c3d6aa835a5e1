import { describe, expect, test } from 'vitest';
import { newPair, sdp } from './sessions.fixture.ts';

/** Milliseconds after the INVITE at which Bob rings and answers. */
const rings = 50;
const answers = 200;

/** Milliseconds after which another task notices that one is dead. */
const noticed = 7_000;

/**
 * Alice calls Bob, and crashes some milliseconds after her INVITE.
 * @param answersAt default: Bob only rings
 * @param storedAt when she was stored last; default: as she crashes
 */
function crashed(at: number, answersAt = Infinity, storedAt = at) {
  const pair = newPair();
  const { clock, alice, bob } = pair;
  const { session } = alice.invite();
  const called = () => bob.incoming.at(-1);
  clock.setTimer(rings, () => called()?.session.progress(180));
  if (answersAt < Infinity) clock.setTimer(answersAt, () => called()?.session.answer(sdp('bob')));
  clock.advance(storedAt);
  const stored = session.ringing?.();
  clock.advance(at - storedAt);
  const successor = pair.crash();
  const endOfBob = () => called()?.listener.calls.at(-1);
  return { ...pair, stored: stored ?? expect.fail('it is answered'), successor, endOfBob };
}

describe('the INVITE of a task that is gone', () => {
  test('is cancelled where it rings, and its final response is acknowledged', async () => {
    const { clock, successor, stored, flow, endOfBob, bob } = crashed(100);
    const gone = successor.abandon(stored);
    clock.advance(100);
    await gone;
    expect(flow().slice(-4)).toEqual(['alice CANCEL', 'bob 200 CANCEL', 'bob 487 INVITE', 'alice ACK']);
    clock.advance(40_000);
    expect([endOfBob(), bob.sessions.size, successor.layer.size]).toEqual(['end peer', 0, 0]);
  });

  test('gets ACK and BYE where it is answered, also to a tag that no one has seen', async () => {
    const { clock, successor, stored, flow, endOfBob } = crashed(40, 60);
    clock.advance(100);
    expect(stored.dialogs).toEqual([]);
    const gone = successor.abandon(stored);
    clock.advance(1_000);
    await gone;
    expect([flow().slice(-3), endOfBob()]).toEqual([['alice ACK', 'alice BYE', 'bob 200 BYE'], 'end peer']);
  });

  test('gets BYE after T1 where the task that is gone has acknowledged its answer, and has not stored it', async () => {
    const { clock, successor, stored, count, endOfBob } = crashed(answers + 50, answers, answers - 50);
    expect(count('alice ACK')).toBe(1);
    const gone = successor.abandon(stored);
    clock.advance(600);
    await gone;
    expect([count('bob 200 INVITE'), endOfBob()]).toEqual([1, 'end peer']);
  });
});

test('whenever a task dies between its INVITE and the answer, who was called is free 8 s later', () => {
  const moments = Array.from({ length: 20 }, (_, at) => 10 * at + 5);
  for (const answersAt of [60, 200, 1_000, 6_900, Infinity])
    for (const at of moments.filter((moment) => moment < answersAt)) {
      const { clock, successor, stored, endOfBob } = crashed(at, answersAt);
      clock.advance(noticed);
      void successor.abandon(stored);
      clock.advance(8_000 - noticed);
      expect([at, answersAt, endOfBob()]).toEqual([at, answersAt, 'end peer']);
    }
});
