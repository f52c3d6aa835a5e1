import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sidecarTaskRow, type SidecarTaskItem } from '#dynamodb/rows/lease.ts';
import { second } from '#schema/time.ts';
import { heartbeatTtl, Membership, type SidecarContext } from './membership.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A task, and another one whose heartbeat a test sets. */
async function twoTasks() {
  const other: SidecarTaskItem & { until: number } = {
    kind: 'sidecar-task',
    id: 'task_other',
    address: '10.0.0.2:8081',
    until: Date.now() + heartbeatTtl,
    started_at: new Date().toISOString(),
    draining: false,
  };
  /** Whether the store answers; it answers later what it was asked in between. */
  let [isStalled, goOn] = [false, (): void => undefined];
  let going = Promise.resolve();
  const answer = async <Value>(value: () => Value): Promise<Value> => {
    if (isStalled) await going;
    return value();
  };
  /** A task that was started at the address of the other one. */
  const successor = { ...other, id: 'task_new', started_at: new Date(Date.now() + second).toISOString() };
  let isReplaced = false;
  const context = {
    nextId: () => 'task_own',
    clock: () => new Date(),
    log: { fault: () => undefined },
    tableOf: () => ({
      query: (row: unknown) =>
        answer(() => ({
          items: row === sidecarTaskRow ? [{ ...other }, ...(isReplaced ? [successor] : [])] : [],
        })),
    }),
    tryCommit: () => answer(() => []),
  } as object as SidecarContext;
  const membership = new Membership(context, { generation: '1', settleTime: 0 });
  await membership.start('10.0.0.1:8081');
  const idsOf = (tasks: readonly SidecarTaskItem[]) => tasks.map(({ id }) => id);
  return {
    beat: (until = Date.now() + heartbeatTtl) => void (other.until = until),
    stall: () => {
      isStalled = true;
      going = new Promise((resolve) => (goOn = resolve));
    },
    goOn: async () => {
      isStalled = false;
      goOn();
      await vi.advanceTimersByTimeAsync(0);
    },
    judgeLate: () => membership.judgeLate(),
    isMissed: () => membership.isMissed('task_other'),
    missed: () => membership.missed,
    replace: () => void (isReplaced = true),
    known: () => [idsOf(membership.others), idsOf(membership.late), idsOf(membership.dead)],
  };
}

const alive = [['task_other'], [], []];
const late = [[], ['task_other'], []];
const dead = [[], ['task_other'], ['task_other']];

test('a task without a heartbeat for 7 s is dead within 9 s', async () => {
  const { known } = await twoTasks();
  await vi.advanceTimersByTimeAsync(6 * second);
  expect(known()).toEqual(alive);
  await vi.advanceTimersByTimeAsync(3 * second);
  expect(known()).toEqual(dead);
});

test('a task is dead as soon as its heartbeat has ended, if the others are read again then', async () => {
  const { judgeLate, known } = await twoTasks();
  await vi.advanceTimersByTimeAsync(heartbeatTtl + 1);
  expect(known()).toEqual(late);
  await judgeLate();
  expect(known()).toEqual(dead);
});

test('a task whose heartbeat has been read again lives', async () => {
  const { beat, judgeLate, known } = await twoTasks();
  await vi.advanceTimersByTimeAsync(heartbeatTtl + 1);
  beat();
  await judgeLate();
  expect(known()).toEqual(alive);
});

test('after a stall no task is dead because the others are read again', async () => {
  const { stall, goOn, judgeLate, known } = await twoTasks();
  stall();
  await vi.advanceTimersByTimeAsync(9 * second);
  await goOn();
  await judgeLate();
  expect(known()).toEqual(late);
});

test('a task is missed for 4 s after its heartbeat has ended, and not when it has stopped', async () => {
  const { isMissed, beat } = await twoTasks();
  await vi.advanceTimersByTimeAsync(heartbeatTtl + 3 * second);
  expect(isMissed()).toBe(true);
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(isMissed()).toBe(false);
  beat(0);
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(isMissed()).toBe(false);
});

test('a task is missed as soon as another one has been started at its address', async () => {
  const { missed, replace } = await twoTasks();
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(missed()).toEqual([]);
  replace();
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(missed()).toEqual(['task_other']);
  await vi.advanceTimersByTimeAsync(10 * second);
  expect(missed()).toEqual([]);
});

test('a task that has stopped is dead when that is read', async () => {
  const { beat, known } = await twoTasks();
  beat(0);
  expect(known()).toEqual(alive);
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(known()).toEqual(dead);
});

test('while nothing can be read, the heartbeat of another task is late, and the task is not dead', async () => {
  const { stall, known } = await twoTasks();
  stall();
  await vi.advanceTimersByTimeAsync(9 * second);
  expect(known()).toEqual(late);
});

test('after a stall another task is dead if its heartbeat does not follow within 4 s', async () => {
  const { stall, goOn, known } = await twoTasks();
  stall();
  await vi.advanceTimersByTimeAsync(9 * second);
  await goOn();
  await vi.advanceTimersByTimeAsync(2 * second);
  expect(known()).toEqual(late);
  await vi.advanceTimersByTimeAsync(4 * second);
  expect(known()).toEqual(dead);
});

test('after a stall another task that sends its heartbeat goes on', async () => {
  const { stall, goOn, beat, known } = await twoTasks();
  stall();
  await vi.advanceTimersByTimeAsync(9 * second);
  await goOn();
  beat();
  await vi.advanceTimersByTimeAsync(5 * second);
  expect(known()).toEqual(alive);
});
