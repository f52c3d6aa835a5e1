import { expect, test } from 'vitest';
import { AppError } from '#errors.ts';
import { eventually } from '#test/support/eventually.ts';
import type { Call } from '#telephony/call.ts';
import type { Failure } from '../call/hunt.ts';
import type { Side } from '../call/state.ts';
import { joinCalls } from './joining.ts';
import { answeredCall, phoneTarget, type AnsweredCall } from '../running/running-call.fixture.ts';
import type { WantedTransfer } from '../running/parties.ts';

const wanted = ({ call }: AnsweredCall, extension: string): Omit<WantedTransfer, 'onSettled'> => ({
  id: 't',
  count: 1,
  side: 'destination',
  isReferred: false,
  attempts: [[phoneTarget(extension)]],
  channels: [],
  limits: {},
  limited: { side: 'destination', reservation: 't', limit: { seconds: null, isReserved: false }, from: 0 },
  presented: call.record,
  onProgress: () => undefined,
});

function begin(made: AnsweredCall, extension: string, more: Partial<WantedTransfer> = {}) {
  const settled: Failure[] = [];
  void made.call.transfer({
    ...wanted(made, extension),
    onSettled: (outcome) => void settled.push(outcome),
    ...more,
  });
  return settled;
}

/** The party of a side, which may hang up from now on. */
function leaving({ call }: AnsweredCall, side: Side) {
  const leave = call.beginLeave(side);
  if (leave === undefined) throw new Error('it may not leave');
  return { call, leave };
}

const statesOf = ({ legs }: Call) => legs.map(({ target, status }) => `${target} ${status}`);
const devicesOf = ({ channels }: Call) => channels.map(({ id }) => id);

test('a transfer changes the parties, the channels and the media of the call, and keeps its id', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  expect(made.log('202')).toEqual([]);
  made.listeners.get('203')!.onAnswer({ sdp: 'sdp-203' });
  await eventually(() => settled.length > 0);
  await made.call.writer.settled();
  expect(settled).toEqual([{ status: 200 }]);
  expect(made.log('201').slice(1)).toEqual(['offer sdp-203']);
  expect([made.log('203'), made.log('202')]).toEqual([['acknowledge sdp-201'], ['end']]);
  expect(statesOf(made.call.record)).toEqual(['201 answered', '202 hangup', '203 answered']);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_203']);
  expect(made.call.legs.sessionOf('destination')?.callId).toBe('203');
});

test('the leg of a new party says which transfer it came by, and whether it has a reservation', async () => {
  for (const isReserved of [true, false]) {
    const made = await answeredCall('201', '202');
    const limited = { side: 'destination', reservation: 't', limit: { seconds: 60, isReserved }, from: 0 } as const;
    begin(made, '203', { count: 4, limited });
    await made.isInvited('203');
    const { transfer, is_reserved: reserved } = made.call.record.legs[2] ?? {};
    expect([transfer, reserved]).toEqual([4, isReserved ? true : undefined]);
  }
});

test('a transfer to a busy phone leaves the parties, the channels and the media as they were', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  made.listeners.get('203')!.onFailure({ by: 'peer', status: 486, reason: 'Busy Here' });
  await made.call.writer.settled();
  expect(settled).toMatchObject([{ status: 486 }]);
  expect([made.log('201').slice(1), made.log('202')]).toEqual([[], []]);
  expect(statesOf(made.call.record)).toEqual(['201 answered', '202 answered', '203 hangup']);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_202']);
});

test('a transfer to a number without a channel left fails before anyone is called', async () => {
  const made = await answeredCall('201', '202', { isFull: true });
  const settled = begin(made, '203', { channels: [{ kind: 'number', id: '+15550100', direction: 'inbound' }] });
  await eventually(() => settled.length > 0);
  expect([settled, made.listeners.has('203')]).toEqual([[{ status: 486, q850: 34 }], false]);
  expect(devicesOf(made.call.record)).toEqual(['dev_201', 'dev_202']);
});

test('a transfer whose channels cannot be stored fails, and leaves no party alone', async () => {
  let isDown = false;
  const commit = async (): Promise<void> => {
    if (isDown) throw new AppError('UNAVAILABLE', 'The store does not answer');
  };
  const made = await answeredCall('201', '202', { commit, isFaulty: true });
  const { leave } = leaving(made, 'destination');
  made.listeners.get('202')!.onEnd({ by: 'peer' });
  await made.call.writer.settled();
  isDown = true;
  const settled: Failure[] = [];
  const begun = made.call.transfer({
    ...wanted(made, '203'),
    leave,
    channels: [{ kind: 'gateway', id: 'gw_1', direction: 'outbound' }],
    onSettled: (outcome) => {
      isDown = false;
      settled.push(outcome);
      leave.settle(outcome);
    },
  });
  await expect(begun).rejects.toThrow('The store does not answer');
  expect([settled, made.call.state.phase, made.log('201').at(-1)]).toEqual([[{ status: 503 }], 'over', 'end']);
});

test('a call that ends during a transfer settles it, and ends the new party', async () => {
  const made = await answeredCall('201', '202');
  const settled = begin(made, '203');
  await made.isInvited('203');
  await eventually(() => made.sessions.has('203'));
  made.call.end({ cause: 'NORMAL_CLEARING', q850: 16 }, 'api');
  await made.call.writer.settled();
  expect([settled, made.log('203')]).toEqual([[{ status: 487 }], ['end']]);
  expect([made.call.record.status, made.call.record.channels]).toEqual(['hangup', []]);
});

test('an attended transfer joins the parties that stay of two calls, which end together', async () => {
  const [one, other] = [await answeredCall('201', '202'), await answeredCall('202', '203')];
  const joined: string[] = [];
  const status = await joinCalls(
    leaving(one, 'destination'),
    leaving(other, 'source'),
    () => void joined.push('reported'),
  );
  expect([status, joined]).toEqual([200, ['reported']]);
  expect([one.log('201').slice(1), other.log('203')]).toEqual([
    ['offer sdp-203'],
    ['offer none', 'acknowledge sdp-201'],
  ]);
  // The dialog that was replaced is hung up; the phone hangs up that of its REFER.
  expect([one.log('202'), other.log('202').slice(1)]).toEqual([[], ['end']]);
  await Promise.all([one.call.writer.settled(), other.call.writer.settled()]);
  expect([statesOf(one.call.record), statesOf(other.call.record)]).toEqual([
    ['201 answered', '202 hangup'],
    ['202 hangup', '203 answered'],
  ]);
  expect([devicesOf(one.call.record), devicesOf(other.call.record)]).toEqual([['dev_201'], ['dev_203']]);
  other.listeners.get('203')!.onEnd({ by: 'peer' });
  await Promise.all([one.call.writer.settled(), other.call.writer.settled()]);
  expect([one.call.record.status, other.call.record.status]).toEqual(['hangup', 'hangup']);
  expect(one.log('201').at(-1)).toBe('end');
});

test('after an attended transfer offers pass between the parties of both calls', async () => {
  const [one, other] = [await answeredCall('201', '202'), await answeredCall('202', '203')];
  await joinCalls(leaving(one, 'destination'), leaving(other, 'source'), () => undefined);
  const answers: object[] = [];
  other.listeners
    .get('203')!
    .onOffer({ sdp: 'hold', withdrawn: new AbortController().signal, respond: (answer) => void answers.push(answer) });
  await eventually(() => answers.length > 0);
  expect([one.log('201').at(-1), answers]).toEqual(['offer hold', [{ sdp: 'sdp-201' }]]);
});
