import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type GetItemCommand,
  type QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { storeToys, toy, toyNameRow, toyRow, toys } from '#test/support/toys.fixture.ts';
import type { Store } from './client.ts';
import { commit } from './commit.ts';
import { keyAttributes, toAttributes } from './row.ts';
import { keyText, tableFor } from './table.ts';
import { create } from './write.ts';

const running = testStore();
beforeAll(async () => {
  await storeToys(running.store, 1001, toys(5));
  await storeToys(running.store, 1002, [toy(1, { name: 'Of another' }), toy(9)]);
});

const tableOf = (organization: number) => tableFor<'trunk' | 'trunk@GSI1'>(running.store, organization);

describe('a table', () => {
  test('reads rows of its own organization only, for the same id too', async () => {
    expect(await tableOf(1001).get(toyRow, toy(1))).toEqual(toy(1));
    expect(await tableOf(1002).get(toyRow, toy(1))).toMatchObject({ name: 'Of another' });
    expect(await tableOf(1001).get(toyRow, toy(9))).toBeUndefined();
    expect(await tableOf(1003).get(toyRow, toy(1))).toBeUndefined();
  });

  test('returns rows in the order of their keys, with gaps for missing and duplicates for repeated ones', async () => {
    expect(await tableOf(1001).getAll(toyRow, [toy(3), toy(9), toy(1), toy(3)])).toEqual([
      toy(3),
      undefined,
      toy(1),
      toy(3),
    ]);
    expect(await tableOf(1001).getAll(toyRow, [])).toEqual([]);
  });

  test('reads concurrent items in one round trip, without prefetched ones', async () => {
    const sent: string[] = [];
    const counted: Store = {
      ...running.store,
      client: {
        send: (command: GetItemCommand | BatchGetItemCommand) => {
          sent.push(command.constructor.name);
          return running.store.client.send(command as GetItemCommand);
        },
      },
    };
    const table = tableFor<'trunk'>(counted, 1001);
    expect(await Promise.all([toy(1), toy(9), toy(2), toy(1)].map((each) => table.get(toyRow, each)))).toEqual([
      toy(1),
      undefined,
      toy(2),
      toy(1),
    ]);
    expect(await table.get(toyRow, toy(3))).toEqual(toy(3));
    expect(sent).toEqual(['BatchGetItemCommand', 'GetItemCommand']);
    const keyOf = (id: string): string => keyText(keyAttributes(toyRow, 1001, { id }));
    const early = tableFor<'trunk'>(
      counted,
      1001,
      new Map([
        [keyOf(toy(9).id), toAttributes(toyRow, 1001, toy(9))],
        [keyOf(toy(1).id), undefined],
      ]),
    );
    expect(await Promise.all([toy(9), toy(1)].map((each) => early.get(toyRow, each)))).toEqual([toy(9), undefined]);
    expect(sent).toHaveLength(2);
  });

  test('finds nothing in a range that ends before it begins, which DynamoDB rejects', async () => {
    const between = [toy(3).id, toy(2).id] as const;
    expect(await tableOf(1001).query(toyRow, {}, { between })).toMatchObject({ items: [], cursor: undefined });
    expect(await tableOf(1001).count(toyRow, {}, { between, limit: 10 })).toBe(0);
  });

  test('rejects items of a newer form, also where a query reads some attributes only', async () => {
    const newer = { ...toyRow, schema: toyRow.schema + 1 };
    await commit(running.store, 1099, [create(newer, toy(1))]);
    const table = tableOf(1099);
    const rejected = { code: 'INTERNAL_ERROR' };
    await expect(table.get(toyRow, toy(1))).rejects.toMatchObject(rejected);
    await expect(table.getAll(toyRow, [toy(1)])).rejects.toMatchObject(rejected);
    await expect(table.query({ ...toyRow, fields: ['id'] }, {})).rejects.toMatchObject(rejected);
    expect((await tableFor<'trunk'>(running.store, 1099).get(newer, toy(1)))?.id).toBe(toy(1).id);
  });

  test('reports a failure to each concurrent read', async () => {
    const failing = tableFor<'trunk'>(
      { ...running.store, client: { send: () => Promise.reject(new Error('no store')) } },
      1001,
    );
    expect(
      (await Promise.allSettled([failing.get(toyRow, toy(1)), failing.get(toyRow, toy(2))])).map(
        ({ status }) => status,
      ),
    ).toEqual(['rejected', 'rejected']);
  });

  test('reads unprocessed keys again', async () => {
    let calls = 0;
    const reluctant = {
      send: async (command: BatchGetItemCommand): Promise<Partial<BatchGetItemCommandOutput>> => {
        calls += 1;
        const [table, wanted] = Object.entries(command.input.RequestItems!)[0]!;
        const [first, ...rest] = wanted.Keys!;
        const answer = await running.store.client.send(
          new BatchGetItemCommand({ RequestItems: { [table]: { ...wanted, Keys: [first!] } } }),
        );
        return { ...answer, UnprocessedKeys: rest.length === 0 ? {} : { [table]: { Keys: rest } } };
      },
    };
    const found = await tableFor<'trunk'>({ ...running.store, client: reluctant }, 1001).getAll(toyRow, toys(5));
    expect(found).toEqual(toys(5));
    expect(calls).toBe(5);
  });

  test('reads a partition newest first, or from its beginning', async () => {
    const ids = async (range: Parameters<ReturnType<typeof tableOf>['query']>[2]) =>
      (await tableOf(1001).query(toyRow, {}, range)).items.map(({ id }) => Number(id.slice(-1)));
    expect(await ids({})).toEqual([5, 4, 3, 2, 1]);
    expect(await ids({ order: 'asc', limit: 2 })).toEqual([1, 2]);
    expect(await ids({ between: ['trunk_000002', 'trunk_000003'] })).toEqual([3, 2]);
    expect(await ids({ prefix: 'trunk_00000' })).toHaveLength(5);
    expect(await ids({ prefix: 'trunk_1' })).toEqual([]);
  });

  test('continues after any item of a slice, in an index too', async () => {
    const slice = await tableOf(1001).query(toyRow, {}, { limit: 3 });
    expect((await tableOf(1001).query(toyRow, {}, { after: slice.cursorAt(1) })).items.map(({ id }) => id)).toEqual([
      toy(3).id,
      toy(2).id,
      toy(1).id,
    ]);
    expect((await tableOf(1001).query(toyRow, {}, { after: slice.cursor! })).items).toHaveLength(2);
    const odd = await tableOf(1001).queryIndex(toyRow, 'GSI1', ['1001', 'odd'], { limit: 2 });
    expect(
      (await tableOf(1001).queryIndex(toyRow, 'GSI1', ['1001', 'odd'], { after: odd.cursorAt(0) })).items.map(
        ({ id }) => id,
      ),
    ).toEqual([toy(3).id, toy(1).id]);
  });

  test('does not leave its own partition with a cursor of another organization', async () => {
    const starts: unknown[] = [];
    const client = {
      send: async (command: QueryCommand) => {
        starts.push(command.input.ExclusiveStartKey);
        return running.store.client.send(command);
      },
    };
    const { cursor } = await tableOf(1001).query(toyRow, {}, { limit: 3 });
    const found = await tableFor<'trunk'>({ ...running.store, client }, 1002).query(toyRow, {}, { after: cursor! });
    expect(found.items.map(({ name }) => name)).toEqual(['Of another']);
    expect(starts).toEqual([{ PK: { S: 'trunk#1002' }, SK: { S: toy(3).id } }]);
  });
});

test('an undeclared read does not compile', () => {
  const table = tableFor<'trunk'>(running.store, 1001);
  // @ts-expect-error: the entity trunk-name was not declared
  const undeclared = () => table.get(toyNameRow, { name: 'x' });
  // @ts-expect-error: the index GSI1 of trunk was not declared
  const unindexed = () => table.queryIndex(toyRow, 'GSI1', ['1001', 'odd']);
  expect([undeclared, unindexed]).toHaveLength(2);
});
