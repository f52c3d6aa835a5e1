import { expect, test } from 'vitest';
import type { SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import type { Command } from '#sidecar/command.ts';
import type { StoredSession } from '#sip/session/session.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import type { Calls } from '../running/calls.ts';
import { CallOffers } from './offer.ts';
import { answeredCall, type AnsweredCall } from '../running/running-call.fixture.ts';

const now = Date.parse('2026-11-22T10:00:00.000Z');

const next: SidecarTaskItem = {
  kind: 'sidecar-task',
  id: 'task_next',
  address: '10.0.0.2:8081',
  until: 0,
  started_at: '',
  draining: false,
};

const flow = {
  transport: 'udp' as 'udp' | 'tcp',
  remote: { address: '192.0.2.1', port: 5_060 },
  local: { address: '10.0.0.1', port: 5_060 },
};

/** Phones that are reached over a transport. */
function reachOver({ sessions }: AnsweredCall, transport: 'udp' | 'tcp'): void {
  for (const [name, { session }] of sessions)
    Object.assign(session, {
      stored: () => ({ callId: name, way: { kind: 'flow', flow: { ...flow, transport } } }) as object as StoredSession,
    });
}

type Options = {
  readonly others?: readonly SidecarTaskItem[];
  readonly late?: readonly SidecarTaskItem[];
  readonly answer?: () => Promise<unknown>;
  /** The task in the row of the call. */
  readonly owner?: string;
  readonly clock?: () => Date;
};

/** What task_1 offers of some calls. */
function offersOf(
  calls: readonly AnsweredCall[],
  { others = [next], late = [], answer, owner = 'task_1', clock = () => new Date(now) }: Options = {},
) {
  const asked: Command[] = [];
  const left: string[] = [];
  const all = () => calls.map(({ call }) => call).filter(({ state }) => state.phase !== 'over');
  const offers = new CallOffers(
    {
      context: {
        nextId: () => 'cmd_1',
        clock,
        tableOf: () => ({ get: async () => ({ task: owner }) }),
      } as object as SidecarContext,
      membership: { id: 'task_1', others, workers: others.filter(({ draining }) => !draining), late },
      ask: async (_task, command) => {
        asked.push(command);
        return answer === undefined ? { kind: 'accepted' } : answer();
      },
      fault: () => undefined,
    },
    {
      get size() {
        return all().length;
      },
      all,
      get: (id) => calls.map(({ call }) => call).find(({ record }) => record.id === id),
      offer: async (call, isAccepted) => {
        if (!(await isAccepted())) return;
        call.leave();
        left.push(call.record.id);
      },
    } satisfies Pick<Calls, 'all' | 'get' | 'offer' | 'size'>,
  );
  return { offers, asked, left };
}

async function movableCall(transport: 'udp' | 'tcp' = 'udp'): Promise<AnsweredCall> {
  const made = await answeredCall('201', '202');
  reachOver(made, transport);
  return made;
}

test('a call moves to another task, which has its dialogs from then on; no party hears of it', async () => {
  const made = await movableCall();
  const { offers, asked, left } = offersOf([made]);
  expect(offers.movedAt).toBeUndefined();
  await offers.offerIdle();
  expect(offers.movedAt).toBe(now);
  expect(asked).toMatchObject([{ kind: 'take-call', task: 'task_1', call: made.call.record.id }]);
  expect([left, offers.movedTo('201'), offers.movedTo('202')]).toEqual([
    [made.call.record.id],
    'task_next',
    'task_next',
  ]);
  expect([made.log('201').at(-1), made.log('202')]).toEqual(['handed over', ['handed over']]);
});

test.each([
  ['no other task is alive', [], 1],
  ['another one works', [next], 0],
  ['all others stop', [{ ...next, draining: true }], 1],
  ['another one has left its work to this generation', [{ ...next, draining: true, left_to: '2' }], 0],
] as const)('how many calls do not move if %s', async (_what, others, immovable) => {
  expect(offersOf([await movableCall()], { others }).offers.immovable).toBe(immovable);
});

test.each<[string, () => Promise<AnsweredCall>, boolean]>([
  ['has phones over UDP', movableCall, false],
  ['has a phone with a connection', () => movableCall('tcp'), true],
  ['has no dialogs yet', () => answeredCall('201', '202'), false],
])('whether an answered call that %s is bound to its task', async (_what, newCall, isBound) => {
  const made = await newCall();
  const { offers } = offersOf([made]);
  expect([offers.isBound(made.call.record.id), offers.isBound('call_gone')]).toEqual([isBound, false]);
});

test.each<[string, Parameters<typeof offersOf>[1]]>([
  ['no other task is alive', { others: [] }],
  ['all others stop, too', { others: [{ ...next, draining: true }] }],
  ['the other task does not take it', { answer: async () => ({ kind: 'invalid_state' }) }],
  ['the other task does not answer', { answer: () => Promise.reject(new Error('no answer')) }],
])('a call stays if %s', async (_what, options) => {
  const made = await movableCall();
  const { offers, left } = offersOf([made], options);
  const waiting = await offers.offerIdle();
  expect([left, offers.movedTo('201'), made.log('202')]).toEqual([[], undefined, []]);
  expect(waiting).toBe(options?.others === undefined ? 1 : 0);
});

test.each([
  ['late', { until: now - 10_000 }, 1],
  ['gone', { until: now - 60_000 }, 0],
  ['that of a task that stops', { until: now - 10_000, draining: true }, 0],
] as const)('a call waits for another task whose heartbeat is late: %s', async (_what, fields, waiting) => {
  const { offers } = offersOf([await movableCall()], { others: [], late: [{ ...next, ...fields }] });
  expect(await offers.offerIdle()).toBe(waiting);
});

test('a call has moved if the answer was lost, but its row has the other task', async () => {
  const made = await movableCall();
  const answer = () => Promise.reject(new Error('no answer'));
  const { offers, left } = offersOf([made], { answer, owner: 'task_next' });
  await offers.offerIdle();
  expect(left).toEqual([made.call.record.id]);
});

test('a call stays whose phone is reached on a connection of the task', async () => {
  const { offers, asked } = offersOf([await movableCall('tcp')]);
  expect(await offers.offerIdle()).toBe(0);
  expect(asked).toEqual([]);
});

test('a call stays while something is in progress, and is asked for once in two seconds', async () => {
  const made = await movableCall();
  Object.assign(made.sessions.get('201')!.session, { isIdle: false });
  const { offers, asked } = offersOf([made], { answer: async () => ({ kind: 'invalid_state' }) });
  await offers.offerIdle();
  expect(asked).toEqual([]);
  Object.assign(made.sessions.get('201')!.session, { isIdle: true });
  await offers.offerIdle();
  await offers.offerIdle();
  expect(asked).toHaveLength(1);
});

test('calls are immovable whose phone is reached on a connection, and all of them without another task', async () => {
  const calls = [await movableCall(), await movableCall('tcp')];
  expect([offersOf(calls).offers.immovable, offersOf(calls, { others: [] }).offers.immovable]).toEqual([1, 2]);
});

test('a call waits for a task that works again when this one has stopped', async () => {
  const leaving = [{ ...next, draining: true, left_to: '2' }];
  const { offers } = offersOf([await movableCall()], { others: leaving });
  expect(await offers.offerIdle()).toBe(1);
});

test.each([
  ['10 s after each other', 10_000, 3],
  ['not within 15 s', 20_000, 0],
] as const)('a task that stops waits for calls that move: %s', async (_what, interval, moved) => {
  // Each look at the clock takes half a second.
  let at = now;
  let movedAt = now;
  const answer = async () => {
    if (at - movedAt < interval) return { kind: 'invalid_state' };
    movedAt = at;
    return { kind: 'accepted' };
  };
  const calls = await Promise.all([movableCall(), movableCall(), movableCall()]);
  const { offers, left } = offersOf(calls, { answer, clock: () => new Date((at += 500)) });
  await offers.drain(1_000);
  expect(left).toHaveLength(moved);
});

test('fewer calls are offered at the same time when others do not answer, and more again when they do', async () => {
  const calls = await Promise.all(Array.from({ length: 30 }, () => movableCall()));
  let [at, isLate, open, most] = [now, true, 0, 0];
  const answer = async () => {
    most = Math.max(most, (open += 1));
    await new Promise(setImmediate);
    open -= 1;
    if (isLate) throw new Error('no answer');
    return { kind: 'invalid_state' };
  };
  const { offers } = offersOf(calls, { answer, clock: () => new Date(at) });
  const offered: number[] = [];
  for (const late of [true, true, false, false]) {
    [at, isLate, most] = [at + 10_000, late, 0];
    await offers.offerIdle();
    offered.push(most);
  }
  expect(offered).toEqual([20, 1, 1, 20]);
});
