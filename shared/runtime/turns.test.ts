import { expect, test } from 'vitest';
import type { Write } from '../dynamodb/write.ts';
import { runTurn, type Work } from './turns.ts';

type Item = { readonly turn: string; readonly turn_until: number; readonly done: number };

const write: Write<'cdrtask'> = { effect: 'cdrtask', onConflict: 'stale', render: () => ({}) };
/** Work on a stored item that counts its slices. `now`: Unix milliseconds. */
function workOn(stored: Item | undefined, { isDone = false, now = 1_000 } = {}) {
  let item = stored;
  const queued: number[] = [];
  let slices = 0;
  const work: Work<Item, number, 'cdrtask'> = {
    organization: 1001,
    read: async () => item,
    take: (current, turn) => {
      if (isDone) return null;
      const taken = { ...current, ...turn };
      return { taken, writes: [{ ...write, render: () => ((item = taken), {}) }] };
    },
    slice: async () => (slices += 1),
    end: async (current, done) => ({
      writes: [{ ...write, render: () => ((item = { ...current, turn_until: 0, done }), {}) }],
      pause: 5,
    }),
    again: async (delay) => void queued.push(delay),
  };
  const context = {
    clock: () => new Date(now),
    nextId: () => 'turn_2',
    transact: async (_organization: number, decide: () => Promise<readonly Write<'cdrtask'>[]>) => {
      for (const { render } of await decide()) render('table', 1001, 0);
    },
  };
  return {
    run: () => runTurn(work, 30_000, context),
    item: () => item,
    slices: () => slices,
    queued,
    setItem: (to: Item) => (item = to),
    work,
  };
}

test('a turn works on one slice, saves its result and queues the next turn', async () => {
  const { run, item, slices, queued } = workOn({ turn: 'turn_1', turn_until: 0, done: 0 });
  await run();
  expect([slices(), item(), queued]).toEqual([1, { turn: 'turn_2', turn_until: 0, done: 1 }, [5]]);
});

test('the turn of another process is waited for, in whole seconds', async () => {
  const { run, slices, queued } = workOn({ turn: 'turn_1', turn_until: 3_500, done: 0 });
  await run();
  expect([slices(), queued]).toEqual([0, [3]]);
});

test('the turn of a process that died is taken when it expires', async () => {
  const { run, slices } = workOn({ turn: 'turn_1', turn_until: 1_000, done: 0 });
  await run();
  expect(slices()).toBe(1);
});

test('work that is done or deleted is not queued again', async () => {
  for (const { run, slices, queued } of [
    workOn({ turn: 'turn_1', turn_until: 0, done: 9 }, { isDone: true }),
    workOn(undefined),
  ]) {
    await run();
    expect([slices(), queued]).toEqual([0, []]);
  }
});

test('a process that lost its turn saves nothing', async () => {
  const running = workOn({ turn: 'turn_1', turn_until: 0, done: 0 });
  const other = { turn: 'turn_3', turn_until: 40_000, done: 7 };
  Object.assign(running.work, {
    slice: async () => {
      running.setItem(other);
      return 1;
    },
  });
  await running.run();
  expect([running.item(), running.queued]).toEqual([other, []]);
});
