import { BatchWriteItemCommand, type WriteRequest } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import type { Sender } from './client.ts';
import { platformRow } from './row.ts';
import { putEach } from './put-each.ts';
import { tableFor } from './table.ts';

const running = testStore();

type Note = { readonly id: string; readonly text: string };
const noteRow = platformRow<'trunk', Note, { id: string }>('trunk', { sort: ({ id }) => id });
const notes = (count: number, text = 'first'): Note[] =>
  Array.from({ length: count }, (_item, at) => ({ id: `note_${at}`, text }));

/** A store that leaves some items of a batch unprocessed. @param isBusy by attempt and position */
function busyStore(isBusy: (attempt: number, at: number) => boolean) {
  let attempts = 0;
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    if (!(command instanceof BatchWriteItemCommand)) throw new Error('nothing else is asked');
    attempts += 1;
    const [wanted = []] = Object.values(command.input.RequestItems ?? {});
    const rest: WriteRequest[] = wanted.filter((_item, at) => isBusy(attempts, at));
    return { UnprocessedItems: rest.length === 0 ? {} : { table: rest } };
  };
  return { store: { tableName: 'table', client: { send: send as Sender['send'] } }, attempts: () => attempts };
}
const atOnce = { random: () => 0.5, wait: async () => undefined };

test('items replace existing ones', async () => {
  expect(await putEach(running.store, noteRow, notes(25))).toEqual(Array.from({ length: 25 }, () => true));
  await putEach(running.store, noteRow, notes(2, 'second'));
  expect((await tableFor<'trunk'>(running.store, 0).getAll(noteRow, notes(3))).map((note) => note?.text)).toEqual([
    'second',
    'second',
    'first',
  ]);
});

test('unprocessed items are sent again, after growing pauses', async () => {
  const { store, attempts } = busyStore((attempt, at) => attempt < 3 && at > 0);
  const waits: number[] = [];
  expect(
    await putEach(store, noteRow, notes(5), { random: () => 1, wait: async (time) => void waits.push(time) }),
  ).toEqual(Array.from({ length: 5 }, () => true));
  expect([attempts(), waits]).toEqual([3, [40, 80]]);
});

test('items that stay unprocessed are reported as not put, the others as put', async () => {
  const { store, attempts } = busyStore((_attempt, at) => at === 0);
  expect(await putEach(store, noteRow, notes(3), atOnce)).toEqual([false, true, true]);
  expect(attempts()).toBe(6);
});
