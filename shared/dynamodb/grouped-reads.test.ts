import { BatchGetItemCommand, type GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { storeToys, toy, toyRow, toys } from '#test/support/toys.fixture.ts';
import type { Store } from './client.ts';
import { commit } from './commit.ts';
import { withGroupedReads } from './grouped-reads.ts';
import { tableFor } from './table.ts';
import { overwrite } from './write.ts';

const running = testStore();
beforeAll(async () => {
  await storeToys(running.store, 1001, toys(9));
});

/** A store that counts the keys of its round trips. @param fails whether a round trip fails */
function countedStore(fails: (round: number) => boolean = () => false) {
  const rounds: number[] = [];
  const send: Store['client']['send'] = (async (command: GetItemCommand | BatchGetItemCommand) => {
    const { RequestItems: items } = command instanceof BatchGetItemCommand ? command.input : {};
    rounds.push(items?.[running.store.tableName]?.Keys?.length ?? 1);
    if (fails(rounds.length)) throw new Error('no connection');
    return running.store.client.send(command as GetItemCommand);
  }) as Store['client']['send'];
  return { rounds, store: withGroupedReads({ ...running.store, client: { send } }) };
}

/** A table of its own for each reader. */
const reader = (store: Store) => tableFor<'trunk'>(store, 1001);

test('what is asked for while a round trip is in progress is read by the next one, each item once', async () => {
  const { rounds, store } = countedStore();
  const first = reader(store).get(toyRow, toy(1));
  await new Promise(setImmediate);
  const others = [
    reader(store).get(toyRow, toy(2)),
    reader(store).get(toyRow, toy(2)),
    reader(store).getAll(toyRow, [toy(3), toy(99), toy(2)]),
  ];
  expect([await first, ...(await Promise.all(others))]).toEqual([toy(1), toy(2), toy(2), [toy(3), undefined, toy(2)]]);
  expect(rounds).toEqual([1, 3]);
});

test('a read sees what was written before it', async () => {
  const { store } = countedStore();
  const early = reader(store).get(toyRow, toy(4));
  await commit(running.store, 1001, [overwrite(toyRow, toy(4, { name: 'Renamed' }))]);
  expect(await reader(store).get(toyRow, toy(4))).toMatchObject({ name: 'Renamed' });
  await early;
});

test('a round trip that fails rejects its readers only', async () => {
  const { store } = countedStore((round) => round === 1);
  const first = expect(reader(store).get(toyRow, toy(5))).rejects.toThrow('no connection');
  await new Promise(setImmediate);
  const second = reader(store).get(toyRow, toy(6));
  await first;
  expect(await second).toEqual(toy(6));
});

test('more than 100 items are several round trips', async () => {
  const { rounds, store } = countedStore();
  const keys = Array.from({ length: 150 }, (_, at) => toy(at + 1));
  const found = await reader(store).getAll(toyRow, keys);
  expect(found.filter((each) => each !== undefined)).toHaveLength(9);
  expect(rounds).toEqual([100, 50]);
});
