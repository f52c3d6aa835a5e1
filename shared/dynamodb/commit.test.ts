import { TransactionCanceledException, type TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { toy, toyNameRow, toyRow, type Toy } from '#test/support/toys.fixture.ts';
import type { AppError } from '../errors.ts';
import type { Sender, Store } from './client.ts';
import { commit, StaleWrite } from './commit.ts';
import { countRow, decrementCount, incrementCount } from './rows/count.ts';
import { tableFor } from './table.ts';
import { freeShards } from './free-shards.ts';
import { change, create, overwrite, remove, replace, shardedWrite, checkCondition, inOrganization } from './write.ts';

const running = testStore();

/** Each test has its own organization. */
let organization = 2000;
const fresh = (): {
  table: ReturnType<typeof tableOf>;
  change: (...writes: Parameters<typeof commit>[2]) => Promise<void>;
} => {
  organization += 1;
  const own = organization;
  return { table: tableOf(own), change: (...writes) => commit(running.store, own, writes) };
};
const tableOf = (own: number) => tableFor<'trunk' | 'trunk-name' | 'count'>(running.store, own);
const named = (owner: Toy) =>
  create(toyNameRow, { name: owner.name, owner: owner.id }, 'NAME_TAKEN', `${owner.name} exists`);

describe('a write', () => {
  test('creates an absent item, and is stale for an existing one', async () => {
    const { table, change: commits } = fresh();
    await commits(create(toyRow, toy(1)));
    expect(await table.get(toyRow, toy(1))).toEqual(toy(1));
    await expect(commits(create(toyRow, toy(1, { name: 'Other' })))).rejects.toBeInstanceOf(StaleWrite);
    expect(await table.get(toyRow, toy(1))).toEqual(toy(1));
  });

  test('replaces the version that was read only', async () => {
    const { table, change: commits } = fresh();
    await commits(create(toyRow, toy(1)));
    await commits(replace(toyRow, toy(1, { name: 'Second', version: 2 }), toy(1)));
    await expect(commits(replace(toyRow, toy(1, { name: 'Late', version: 2 }), toy(1)))).rejects.toBeInstanceOf(
      StaleWrite,
    );
    await expect(
      commits(replace(toyRow, toy(1, { name: 'Early', version: 4 }), { version: 3 })),
    ).rejects.toBeInstanceOf(StaleWrite);
    expect(await table.get(toyRow, toy(1))).toMatchObject({ name: 'Second', version: 2 });
  });

  test('never replaces a deleted item', async () => {
    const { change: commits } = fresh();
    await expect(commits(replace(toyRow, toy(1, { version: 2 }), toy(1)))).rejects.toBeInstanceOf(StaleWrite);
  });

  test('deletes the version that was read, or any version', async () => {
    const { table, change: commits } = fresh();
    await commits(create(toyRow, toy(1, { version: 2 })), create(toyRow, toy(2)));
    await expect(commits(remove(toyRow, toy(1), toy(1)))).rejects.toBeInstanceOf(StaleWrite);
    await commits(remove(toyRow, toy(1), { version: 2 }), remove(toyRow, toy(2)), remove(toyRow, toy(3)));
    expect(await table.getAll(toyRow, [toy(1), toy(2)])).toEqual([undefined, undefined]);
  });

  test('overwrites any item', async () => {
    const { table, change: commits } = fresh();
    await commits(overwrite(toyRow, toy(1)));
    await commits(overwrite(toyRow, toy(1, { name: 'Other' })));
    expect(await table.get(toyRow, toy(1))).toMatchObject({ name: 'Other' });
  });

  test('sets, adds and clears single attributes, and leaves undefined ones', async () => {
    const { table, change: commits } = fresh();
    await commits(create(toyRow, toy(1, { secret: 'x' })));
    await commits(
      change(toyRow, toy(1), { set: { name: 'New', kind: undefined }, add: { version: 41 }, clear: ['secret'] }),
    );
    expect(await table.get(toyRow, toy(1))).toEqual({ ...toy(1), name: 'New', version: 42 });
  });

  test('changes an item only if its condition holds', async () => {
    const { table, change: commits } = fresh();
    const rename = change(toyRow, toy(1), {
      set: { name: 'New' },
      onlyIf: { expression: '#kind = :kind', names: { '#kind': 'kind' }, values: { ':kind': 'even' } },
    });
    await commits(create(toyRow, toy(1)));
    await expect(commits(rename)).rejects.toBeInstanceOf(StaleWrite);
    await commits(overwrite(toyRow, toy(1, { kind: 'even' })));
    await commits(rename);
    expect(await table.get(toyRow, toy(1))).toMatchObject({ name: 'New' });
  });

  test('fails if another item that it depends on has changed', async () => {
    const { table, change: commits } = fresh();
    const onlyOdd = checkCondition(toyRow, toy(1), { expression: 'kind = :kind', values: { ':kind': 'odd' } });
    await commits(create(toyRow, toy(1)));
    await commits(onlyOdd, create(toyRow, toy(2)));
    await commits(overwrite(toyRow, toy(1, { kind: 'even' })));
    await expect(commits(onlyOdd, create(toyRow, toy(3)))).rejects.toBeInstanceOf(StaleWrite);
    expect(await table.get(toyRow, toy(3))).toBeUndefined();
  });

  test('may belong to another organization', async () => {
    const { table, change: commits } = fresh();
    await commits(create(toyRow, toy(1)), ...inOrganization(1999, [create(toyRow, toy(2))]));
    expect(await table.getAll(toyRow, [toy(1), toy(2)])).toEqual([toy(1), undefined]);
    expect(await tableOf(1999).get(toyRow, toy(2))).toEqual(toy(2));
  });
});

describe('a transaction', () => {
  test('is committed completely or not at all', async () => {
    const { table, change: commits } = fresh();
    await commits(named(toy(1)));
    await expect(commits(create(toyRow, toy(2)), create(toyRow, toy(3)), named(toy(1)))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    expect(await table.getAll(toyRow, [toy(2), toy(3)])).toEqual([undefined, undefined]);
  });

  test("throws the caller's error rather than StaleWrite", async () => {
    const { change: commits } = fresh();
    await commits(create(toyRow, toy(1)), named(toy(1)));
    await expect(commits(replace(toyRow, toy(1, { version: 3 }), { version: 2 }), named(toy(1)))).rejects.toMatchObject(
      { code: 'NAME_TAKEN', message: 'Toy 1 exists' },
    );
  });

  test('without writes sends no request', async () => {
    const unused = { send: () => Promise.reject(new Error('asked')) } as Sender;
    await expect(commit({ client: unused, tableName: 'x' }, 1, [])).resolves.toBeUndefined();
  });

  test('never exceeds a limit, however many writers are concurrent', async () => {
    const { table, change: commits } = fresh();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => commits(incrementCount('trunks', 7))));
    const rejected = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as AppError] : []));
    expect(rejected.map(({ code }) => code)).toEqual(Array.from({ length: 13 }, () => 'LIMIT_EXCEEDED'));
    await commits(decrementCount('trunks'));
    expect(await table.get(countRow, { of: 'trunks' })).toMatchObject({ value: 6 });
  });
});

/**
 * A store that cancels each transaction some times for reasons other than a condition. `attempts`: those of the SDK.
 */
function contended(
  times: number,
  code: string,
  attempts = 1,
): { readonly store: Store; readonly tokens: (string | undefined)[] } {
  const tokens: (string | undefined)[] = [];
  const client = {
    send: async (command: TransactWriteItemsCommand) => {
      tokens.push(command.input.ClientRequestToken);
      if (tokens.length <= times)
        throw new TransactionCanceledException({
          message: code,
          $metadata: { attempts },
          CancellationReasons: [{ Code: 'None' }, { Code: code }],
        });
      return running.store.client.send(command);
    },
  };
  return { store: { ...running.store, client }, tokens };
}

describe('an item that another transaction holds', () => {
  const pauses: number[] = [];
  const timeout = { random: () => 1, wait: async (time: number) => pauses.push(time) };

  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is retried after %s, with growing pauses',
    async (code) => {
      pauses.length = 0;
      const { store } = contended(3, code);
      await commit(store, 1998, [overwrite(toyRow, toy(1)), overwrite(toyRow, toy(2))], timeout);
      expect(pauses).toEqual([20, 40, 80]);
      expect(await tableOf(1998).get(toyRow, toy(1))).toEqual(toy(1));
    },
  );

  test('ends in UNAVAILABLE after eight attempts', async () => {
    pauses.length = 0;
    const { store, tokens } = contended(99, 'TransactionConflict');
    await expect(commit(store, 1997, [overwrite(toyRow, toy(1))], timeout)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfter: 1,
    });
    expect([tokens.length, pauses.length]).toEqual([8, 7]);
  });

  test('does not hide an invalid transaction', async () => {
    const { store, tokens } = contended(99, 'ValidationError');
    await expect(commit(store, 1997, [overwrite(toyRow, toy(1))], timeout)).rejects.toBeInstanceOf(
      TransactionCanceledException,
    );
    expect(tokens).toHaveLength(1);
  });
});

describe('a shard of a sum that another transaction holds', () => {
  /** One toy for each shard. */
  const adding = shardedWrite((shard) => change(toyRow, toy(shard), { add: { version: 1 } }));
  const pauses: number[] = [];
  const timeout = () => ({
    random: () => 1,
    wait: async (time: number) => pauses.push(time),
    shards: freeShards({ random: () => 0, now: () => 0 }),
  });
  const added = async (organization: number) =>
    (
      await tableOf(organization).getAll(
        toyRow,
        [0, 1, 2, 3].map((at) => toy(at)),
      )
    ).map((item) => item?.version);

  test('makes the next shard the first choice at once', async () => {
    pauses.length = 0;
    const { store, tokens } = contended(2, 'TransactionConflict');
    const context = timeout();
    await commit(store, 1996, [overwrite(toyRow, toy(9)), adding], context);
    expect(await added(1996)).toEqual([undefined, undefined, 1, undefined]);
    await commit(store, 1996, [overwrite(toyRow, toy(9)), adding], context);
    expect(await added(1996)).toEqual([undefined, undefined, 1, 1]);
    expect(pauses).toEqual([]);
    expect(new Set(tokens).size).toBe(4);
  });

  test('is waited for if another item is held too, or the request may have succeeded', async () => {
    pauses.length = 0;
    await commit(contended(1, 'TransactionConflict').store, 1995, [adding, overwrite(toyRow, toy(9))], timeout());
    const heard = contended(1, 'TransactionConflict', 2);
    await commit(heard.store, 1995, [overwrite(toyRow, toy(9)), adding], timeout());
    expect(await added(1995)).toEqual([2, undefined, undefined, undefined]);
    expect(pauses).toEqual([20, 20]);
    expect(new Set(heard.tokens).size).toBe(1);
  });
});
