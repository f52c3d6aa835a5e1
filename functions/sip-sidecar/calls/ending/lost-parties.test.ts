import { expect, test } from 'vitest';
import type { CallLeg } from '#telephony/call.ts';
import type { HeardParties } from '../../media/call-media.ts';
import { newLeg, newRecord } from '../call/record.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { LostParties, type WatchedCall } from './lost-parties.ts';

const begin = Date.parse('2026-11-22T10:00:00.000Z');

/** A call that is up, the questions for it, and what the relay hears of its parties. */
function watched(
  legs: Partial<Record<CallLeg['role'], Partial<CallLeg>>> = {},
  { isUp = true, relay = '127.0.0.1:1', endsWhileAsked = false } = {},
) {
  let now = begin;
  let asked = 0;
  const lost: string[] = [];
  const [isExpected, speaks] = [
    { source: true, destination: true },
    { source: true, destination: true },
  ];
  const at = { source: begin, destination: begin };
  const record = newRecord(callFacts(relay === '' ? {} : { media_relay: relay }), new Date(begin));
  const sides = (['source', 'destination'] as const).map((role) => ({
    ...newLeg(role, phoneParty('201'), new Date(begin)),
    status: 'answered' as const,
    ...legs[role],
  }));
  const heard = async (): Promise<HeardParties> => {
    asked += 1;
    if (endsWhileAsked) Object.assign(call, { isUp: false });
    const party = (side: CallLeg['role']) => ({
      at: at[side],
      packets: 0,
      isExpected: isExpected[side],
    });
    return { source: party('source'), destination: party('destination') };
  };
  const call: WatchedCall = {
    isUp,
    record: { ...record, legs: sides },
    heard,
    lose: (side) => void lost.push(`${side} after ${(now - begin) / 1_000} s`),
  };
  const parties = new LostParties(
    () => (lost.length === 0 ? [call] : []),
    () => now,
  );
  const pass = async (seconds: number) => {
    for (let each = 0; each < seconds; each += 1) {
      for (const { role } of sides) if (speaks[role]) at[role] = now;
      await parties.refresh();
      now += 1_000;
    }
  };
  return { pass, lost, speaks, isExpected, asked: () => asked };
}

test('a call in which both speak is asked for once a minute', async () => {
  const { pass, lost, asked } = watched();
  await pass(601);
  expect([lost, asked()]).toEqual([[], 10]);
});

test.each(['source', 'destination'] as const)('a %s that is not heard for 60 s is lost', async (side) => {
  const { pass, lost, speaks } = watched();
  await pass(70);
  speaks[side] = false;
  await pass(120);
  expect(lost).toEqual([`${side} after 129 s`]);
});

test('a party that is heard again within 60 s is not lost', async () => {
  const { pass, lost, speaks } = watched();
  await pass(70);
  speaks.source = false;
  await pass(55);
  speaks.source = true;
  await pass(300);
  expect(lost).toEqual([]);
});

test.each([{ isUp: false }, { relay: '' }])('no relay is asked for a call with %o', async (call) => {
  const { pass, lost, asked } = watched({}, call);
  await pass(300);
  expect([lost, asked()]).toEqual([[], 0]);
});

test('a call that ends while the relay is asked is not lost', async () => {
  const { pass, lost, speaks } = watched({}, { endsWhileAsked: true });
  speaks.source = false;
  await pass(120);
  expect(lost).toEqual([]);
});

test('a party that is not to send is not lost, and has a minute when it is to send again', async () => {
  const { pass, lost, speaks, isExpected } = watched();
  [isExpected.source, speaks.source] = [false, false];
  await pass(1_000);
  isExpected.source = true;
  await pass(50);
  expect(lost).toEqual([]);
  await pass(100);
  expect(lost).toHaveLength(1);
});

test.each([{ source: { muted: true } }, { source: { on_hold: true } }, { destination: { on_hold: true } }])(
  'a source in a call with %o is not lost',
  async (legs) => {
    const { pass, lost, speaks } = watched(legs);
    speaks.source = false;
    await pass(1_000);
    expect(lost).toEqual([]);
  },
);
