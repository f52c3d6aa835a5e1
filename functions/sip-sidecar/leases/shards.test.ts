import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { shardMoves, assignedTask, shards, type HeldShard } from './shards.ts';

/** Every live task makes its moves once, in turn. */
function round(live: readonly string[], held: readonly HeldShard[]): HeldShard[] {
  let stored = [...held];
  for (const self of live) {
    const { take, release } = shardMoves(self, live, stored);
    stored = stored.filter(({ shard }) => !release.includes(shard) && !take.some((each) => each.shard === shard));
    stored.push(...take.map(({ shard }) => ({ shard, task: self })));
  }
  return stored;
}

const tasks = fc.uniqueArray(fc.stringMatching(/^task_[a-z]{1,6}$/), { minLength: 1, maxLength: 5 });

test('after two rounds every shard is held by its assigned task only, whoever held it before', () => {
  fc.assert(
    fc.property(tasks, tasks, (live, before) => {
      const held = shards.map((shard, at) => ({ shard, task: before[at % before.length] ?? '' }));
      const settled = round(live, round(live, held)).toSorted((one, other) => Number(one.shard) - Number(other.shard));
      expect(settled).toEqual(shards.map((shard) => ({ shard, task: assignedTask(shard, live) })));
    }),
  );
});

test('no shard is taken from a live task', () => {
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

test('a draining task releases all its shards', () => {
  const held = shards.map((shard) => ({ shard, task: 'task_a' }));
  expect(shardMoves('task_a', ['task_b'], held)).toEqual({ take: [], release: shards });
});

test('when a task stops, only its own shards move', () => {
  const three = ['task_a', 'task_b', 'task_c'];
  const moved = shards.filter((shard) => assignedTask(shard, three) !== assignedTask(shard, three.slice(0, 2)));
  expect(moved.every((shard) => assignedTask(shard, three) === 'task_c')).toBe(true);
});
