import { expect, test } from 'vitest';
import { WarmEnvironments, type Waiting } from './warm-environments.ts';

test('those that have waited longest end, until as many are left as may stay warm', () => {
  const ended: number[] = [];
  const warm = new WarmEnvironments(2);
  const all = Array.from({ length: 5 }, (_, at): Waiting => ({ end: () => void ended.push(at) }));
  for (const each of all) warm.add(each);
  // The first one has had an event in between.
  warm.remove(all[0] as Waiting);
  warm.add(all[0] as Waiting);
  warm.shrink();
  warm.shrink();
  expect(ended).toEqual([1, 2, 3]);
});

test('as many as may stay warm do', () => {
  const warm = new WarmEnvironments(1);
  warm.add({ end: () => expect.fail('it may stay') });
  warm.shrink();
});
