import { describe, expect, test } from 'vitest';
import { newPair, sdp } from './sessions.fixture.ts';

const nothing = [0, 0, 0, 0, 0];

describe('a call', () => {
  test('rings, is answered and acknowledged, and ends by BYE of the caller', () => {
    const { alice, bob, clock, flow, left } = newPair();
    const { session, listener } = alice.invite();
    clock.advance(100);
    const callee = bob.incoming[0]!;
    expect(callee.session.offered).toBe(sdp('alice'));
    callee.session.progress(180);
    clock.advance(100);
    callee.session.answer(sdp('bob'));
    clock.advance(100);
    session.end({ q850: 16 });
    clock.advance(100);
    expect(flow()).toEqual([
      'alice INVITE',
      'bob 180 INVITE',
      'bob 200 INVITE',
      'alice ACK',
      'alice BYE',
      'bob 200 BYE',
    ]);
    expect(listener.calls).toEqual(['progress 180', 'answer bob', 'end us 16']);
    expect(callee.listener.calls).toEqual(['acknowledge', 'end peer 16']);
    clock.advance(32_000);
    expect(left()).toEqual(nothing);
  });

  test('ends by BYE of the callee', () => {
    const { clock, call, flow, left } = newPair();
    const { caller, callee } = call();
    callee.session.end({ status: 480 });
    clock.advance(100);
    expect(flow().slice(-2)).toEqual(['bob BYE', 'alice 200 BYE']);
    expect([caller.listener.calls.at(-1), callee.listener.calls.at(-1)]).toEqual(['end peer', 'end us']);
    clock.advance(32_000);
    expect(left()).toEqual(nothing);
  });

  test('is gone when its BYE is answered, or has got no answer', async () => {
    const { alice, clock, call } = newPair();
    const { caller, callee } = call();
    const gone: string[] = [];
    for (const [name, { session }] of Object.entries({ caller, callee })) void session.gone.then(() => gone.push(name));
    caller.session.end();
    await Promise.resolve();
    expect(gone).toEqual([]);
    clock.advance(100);
    await caller.session.gone;
    expect(gone.toSorted()).toEqual(['callee', 'caller']);
    const { session } = alice.invite();
    await session.gone;
  });
});
