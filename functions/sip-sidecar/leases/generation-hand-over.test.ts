import { expect, test } from 'vitest';
import { minute } from '#schema/time.ts';
import { GenerationHandOver } from './generation-hand-over.ts';

/** A task with a call that cannot move. */
function handOver() {
  const log: string[] = [];
  const state: { newer: string | undefined; now: number } = { newer: undefined, now: 0 };
  const it = new GenerationHandOver({
    id: 'task_1',
    newer: () => state.newer,
    calls: { size: 2 },
    offers: {
      immovable: 1,
      offerIdle: async () => {
        log.push('offers');
        return 0;
      },
    },
    protect: async () => void log.push('protection'),
    log: {
      note: (message, { generation, seconds, immovable } = {}) =>
        void log.push(`${message}: ${generation} ${seconds} s, ${immovable}`),
    },
    now: () => state.now,
  });
  const at = async (now: number, newer?: string): Promise<string[]> => {
    Object.assign(state, { now, newer });
    await it.refresh();
    return log.splice(0);
  };
  return at;
}

test('a task moves its calls when a newer generation has its work, and has ECS know that at once', async () => {
  const at = handOver();
  expect(await at(0)).toEqual([]);
  expect(await at(1_000, '8')).toEqual(['leaves new calls to a newer generation: 8 0 s, 1', 'protection', 'offers']);
  expect(await at(2_000, '8')).toEqual(['offers']);
});

test('it says each minute how long it waits for calls that do not move', async () => {
  const at = handOver();
  await at(0, '8');
  expect(await at(minute, '8')).toEqual(['offers', 'waits for calls that do not move: 8 60 s, 1']);
  expect(await at(minute + 1_000, '8')).toEqual(['offers']);
});

test('when the newer generation has gone, it offers no calls, and says so', async () => {
  const at = handOver();
  await at(0, '8');
  expect(await at(5_000)).toEqual(['takes new calls again:  5 s, 1', 'protection']);
  expect(await at(6_000)).toEqual([]);
});
