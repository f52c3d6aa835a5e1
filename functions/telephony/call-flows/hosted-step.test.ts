import { expect, test } from 'vitest';
import { goesOnWhenFetched } from './hosted-step.ts';
import { flowOf, playedIn, typesOf, WalkedCall } from './flow-walk.fixture.ts';

const play = (say: string) => ({ type: 'play', prompt: { say } });
const flow = flowOf({
  slot: { type: 'park', timeout_seconds: 30, timeout: 'late', full: 'full', after: 'thanks' },
  late: play('late'),
  full: play('full'),
  thanks: play('thanks'),
});

/** A call that has asked for a slot, and got it or not. */
function asking(ok: boolean, walked = flow) {
  const call = new WalkedCall(walked);
  const asked = typesOf(call.start());
  return { call, asked, got: call.send({ type: 'parked', id: call.state.awaits, ok }) };
}

test('a call is answered before it takes a slot, and its digits are for no step', () => {
  const { call, asked } = asking(true);
  expect(asked).toEqual(['answer', 'park']);
  expect([call.digits('12'), call.state.typed, call.state.phase]).toEqual([[], '', 'parked']);
});

test('a call leaves its slot when its time is over', () => {
  const { call } = asking(true);
  const before = call.at;
  const left = call.expire();
  expect(call.at - before).toBe(30_000);
  expect([typesOf(left)[0], playedIn(left)]).toEqual(['unpark', ['late']]);
});

test('without a free slot it goes on by `full`, and waits for no time', () => {
  const { call, got } = asking(false);
  expect([playedIn(got), call.state.timer]).toEqual([['full'], null]);
});

test('a phone that fetches it has the call until it hangs up', () => {
  const { call } = asking(true);
  expect(goesOnWhenFetched(flow, call.state)).toBe(true);
  call.dialed('answered');
  expect([call.state.phase, call.state.timer, call.state.alone]).toEqual(['talking', null, null]);
  expect(goesOnWhenFetched(flow, call.state)).toBe(false);
  expect(playedIn(call.dialed('ended'))).toEqual(['thanks']);
});

test('a slot says nothing of a dial, and a late answer changes nothing', () => {
  const { call } = asking(true);
  expect(call.dialed('ended')).toEqual([]);
  expect(call.send({ type: 'parked', id: call.state.awaits, ok: false })).toEqual([]);
  expect(call.state.phase).toBe('parked');
});

test('without exits it ends, whatever becomes of it', () => {
  const short = flowOf({ slot: { type: 'park' } });
  expect(typesOf(asking(false, short).got)).toEqual(['hang_up']);
  const { call } = asking(true, short);
  expect([goesOnWhenFetched(short, call.state), typesOf(call.expire())]).toEqual([false, ['unpark', 'hang_up']]);
});
