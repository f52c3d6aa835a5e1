import { BatchGetItemCommand, type GetItemCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { storeToys, toy, toyRow, toys } from '#test/support/toys.fixture.ts';
import type { Store } from './client.ts';
import { commit } from './commit.ts';
import { newReadAhead } from './read-ahead.ts';
import { tableFor } from './table.ts';
import { overwrite } from './write.ts';

const running = testStore();
beforeAll(async () => {
  await storeToys(running.store, 1001, toys(9));
});

/** A reader of toys, one after the other, and the keys of each round trip so far. */
function newReader() {
  const rounds: number[] = [];
  const send = ((command: GetItemCommand | BatchGetItemCommand) => {
    const { RequestItems: items } = command instanceof BatchGetItemCommand ? command.input : {};
    rounds.push(items?.[running.store.tableName]?.Keys?.length ?? 1);
    return running.store.client.send(command as GetItemCommand);
  }) as Store['client']['send'];
  const begin = newReadAhead({ ...running.store, client: { send } });
  const read = async (store: Store | undefined, numbers: readonly number[]) => {
    const table = tableFor<'trunk'>(store ?? running.store, 1001);
    const found = [];
    for (const number of numbers) found.push(await table.get(toyRow, toy(number)));
    return found.map((each) => each?.name);
  };
  return { begin, read, rounds };
}

test('what a subject has read one after the other is read in one round trip the next time', async () => {
  const { begin, read, rounds } = newReader();
  const first = await read(begin(['ann'])[0], [1, 2, 3]);
  expect(rounds.splice(0)).toEqual([1, 1, 1]);
  expect(await read(begin(['ann'])[0], [1, 2, 3])).toEqual(first);
  expect(rounds).toEqual([3]);
});

test('several subjects are read ahead together, and each has its own keys', async () => {
  const { begin, read, rounds } = newReader();
  const [caller, called] = begin(['ann', '404']);
  await read(caller, [1, 2]);
  await read(called, [3]);
  const [other, same] = begin(['bob', '404']);
  rounds.splice(0);
  await read(same, [3]);
  expect(rounds.splice(0)).toEqual([]);
  await read(other, [1]);
  expect(rounds).toEqual([1]);
});

test('an item is as it was when the reader began, and a later reader finds its change', async () => {
  const { begin, read } = newReader();
  await read(begin(['ann'])[0], [4]);
  await commit(running.store, 1001, [overwrite(toyRow, toy(4, { name: 'Renamed' }))]);
  expect(await read(begin(['ann'])[0], [4])).toEqual(['Renamed']);
});

test('what was read ahead and is not asked for is not read again', async () => {
  const { begin, read, rounds } = newReader();
  await read(begin(['ann'])[0], [1, 2, 3]);
  await read(begin(['ann'])[0], [2]);
  rounds.splice(0);
  await read(begin(['ann'])[0], [2]);
  expect(rounds).toEqual([1]);
});

test('an item that is missing is missing the next time, too', async () => {
  const { begin, read } = newReader();
  expect(await read(begin(['ann'])[0], [99, 1])).toEqual([undefined, expect.any(String)]);
  expect(await read(begin(['ann'])[0], [99, 1])).toEqual([undefined, expect.any(String)]);
});

test('keys and subjects are bounded', async () => {
  const { begin, read, rounds } = newReader();
  await read(
    begin(['ann'])[0],
    Array.from({ length: 60 }, (_, at) => at + 1),
  );
  rounds.splice(0);
  begin(['ann']);
  await new Promise(setImmediate);
  expect(rounds).toEqual([40]);
});
