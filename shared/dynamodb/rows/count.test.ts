import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '../commit.ts';
import { decrementCount, incrementCount } from './count.ts';

const running = testStore();

const organization = 6_100;
const outcomeOf = (of: string, limit: number): Promise<string> =>
  commit(running.store, organization, [incrementCount(of, limit)]).then(
    () => 'counted',
    (error: unknown) => (error as { code: string }).code,
  );

test.each([0, 1, 3])('a limit of %i allows so many, also the first one', async (limit) => {
  const of = `limit-${limit}`;
  for (let at = 0; at < limit; at += 1) expect(await outcomeOf(of, limit)).toBe('counted');
  expect(await outcomeOf(of, limit)).toBe('LIMIT_EXCEEDED');
});

test('a limit of 0 allows none after all are gone', async () => {
  await commit(running.store, organization, [incrementCount('gone', 1)]);
  await commit(running.store, organization, [decrementCount('gone')]);
  expect(await outcomeOf('gone', 0)).toBe('LIMIT_EXCEEDED');
});
