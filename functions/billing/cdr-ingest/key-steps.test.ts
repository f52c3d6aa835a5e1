import { expect, test } from 'vitest';
import { commit } from '#dynamodb/commit.ts';
import { tableFor } from '#dynamodb/table.ts';
import { countReads, testStore } from '#test/support/store.fixture.ts';
import { callCountWrites } from '../rows/call-count.ts';
import { callCountsOf, maxKeys } from './call-counts.ts';
import { keyLimit } from './key-steps.ts';
import { filedCdrOf } from './filed-cdr.fixture.ts';

const running = testStore();

const chain = { organization: 1001, seller: 1000, operator: 1000 };
const calls = (users: number) => Array.from({ length: users }, (_, at) => filedCdrOf({ user_id: `usr_${at}` }));
/** Counts calls, some in each transaction. */
async function count(organization: number, cdrs: ReturnType<typeof calls>): Promise<void> {
  for (let at = 0; at < cdrs.length; at += 100) {
    const counts = cdrs.slice(at, at + 100).flatMap((cdr) => callCountsOf(cdr, chain, 1));
    await commit(
      running.store,
      organization,
      callCountWrites(
        organization,
        counts.filter(({ by }) => by === 'user'),
      ),
    );
  }
}

test('further keys of a day are counted among others', async () => {
  const table = tableFor<'callcount'>(running.store, 8_201);
  await count(8_201, calls(maxKeys - 1));
  const limited = await keyLimit()(table, [...calls(maxKeys - 1).slice(0, 1), ...calls(maxKeys + 1).slice(-2)]);
  expect(limited.map(({ counted }) => counted?.others)).toEqual([undefined, undefined, ['user']]);
  expect(callCountsOf(limited[2] ?? filedCdrOf(), chain, 1)).toContainEqual(
    expect.objectContaining({ by: 'user', key: 'other' }),
  );
});

test('a day without room has its keys, and calls without one', async () => {
  const limit = keyLimit();
  const table = tableFor<'callcount'>(running.store, 8_202);
  await limit(table, calls(maxKeys));
  const limited = await limit(table, [filedCdrOf({ user_id: 'usr_7' }), filedCdrOf(), filedCdrOf({ user_id: 'new' })]);
  expect(limited.map(({ counted }) => counted?.others)).toEqual([undefined, undefined, ['user']]);
});

test('the keys of a day are read once', async () => {
  const { store, read } = countReads(running.store);
  const limit = keyLimit();
  for (const part of [calls(3), calls(9)]) await limit(tableFor<'callcount'>(store, 8_203), part);
  expect(read.calls).toBe(1);
});
