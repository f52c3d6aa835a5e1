import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardMoves, assignedTask, shards, type Held } from './shards.ts';

/** Every task acts once, in turn, on what is stored. */
function round(live: readonly string[], held: readonly Held[]): Held[] {
  let stored = [...held];
  for (const self of live) {
    const { take, release } = shardMoves(self, live, stored);
    stored = stored.filter(({ shard }) => !release.includes(shard) && !take.some((each) => each.shard === shard));
    stored.push(...take.map(({ shard }) => ({ shard, task: self })));
  }
  return stored;
}

const tasks = fc.uniqueArray(fc.stringMatching(/^task_[a-z]{1,6}$/), { minLength: 1, maxLength: 5 });

test('whoever held what, after two rounds every shard is with exactly its rightful task', () => {
  fc.assert(
    fc.property(tasks, tasks, (live, before) => {
      const held = shards.map((shard, at) => ({ shard, task: before[at % before.length] ?? '' }));
      const settled = round(live, round(live, held)).toSorted((one, other) => Number(one.shard) - Number(other.shard));
      expect(settled).toEqual(shards.map((shard) => ({ shard, task: assignedTask(shard, live) })));
    }),
  );
});

test('nobody takes from a task that lives', () => {
  fc.assert(
    fc.property(tasks, (live) => {
      const [self = '', ...others] = live;
      const held = shards.map((shard) => ({ shard, task: others[0] ?? 'task_dead' }));
      expect(shardMoves(self, live, held).take.every(({ from }) => from === undefined || !live.includes(from))).toBe(
        true,
      );
    }),
  );
});

test('a task that drains gives all away', () => {
  const held = shards.map((shard) => ({ shard, task: 'task_a' }));
  expect(shardMoves('task_a', ['task_b'], held)).toEqual({ take: [], release: shards });
});

test('when a task goes, only its own shards move', () => {
  const three = ['task_a', 'task_b', 'task_c'];
  const moved = shards.filter((shard) => assignedTask(shard, three) !== assignedTask(shard, three.slice(0, 2)));
  expect(moved.every((shard) => assignedTask(shard, three) === 'task_c')).toBe(true);
});
