import { PutItemCommand, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import { toy, toyRow } from '#test/support/toys.fixture.ts';
import type { Store } from '../dynamodb/client.ts';
import { commit } from '../dynamodb/commit.ts';
import { tableFor } from '../dynamodb/table.ts';
import { create } from '../dynamodb/write.ts';
import { beginIdempotent, type Idempotency } from './idempotency.ts';

const running = testStore();

const noon = Date.parse('2026-11-20T12:00:00Z');
const answer = { status: 201, headers: { ETag: '"1"' }, body: '{"success":true}' };

let attempts = 0;
let keys = 0;
const freshKey = (): string => `key ${(keys += 1)}`;

type Wanted = {
  readonly key: string;
  readonly content?: string;
  readonly after?: number;
  readonly store?: Store;
  readonly principal?: string;
  readonly route?: string;
  readonly organization?: number;
};

/** A request with a key, some seconds after noon. */
const begin = ({
  key,
  content = '{"name":"a"}',
  after = 0,
  store = running.store,
  ...more
}: Wanted): Promise<Idempotency> =>
  beginIdempotent(store, {
    organization: 1001,
    principal: 'usr_1',
    route: 'PUT /toys',
    ...more,
    key,
    content,
    attempt: `att_${(attempts += 1)}`,
    now: new Date(noon + after * 1_000),
  });

async function begun(wanted: Wanted): Promise<Extract<Idempotency, { kind: 'begun' }>> {
  const idempotency = await begin(wanted);
  if (idempotency.kind !== 'begun') throw new Error('it was answered already');
  return idempotency;
}

const finish = async (wanted: Wanted): Promise<void> =>
  commit(running.store, 1001, [(await begun(wanted)).record(answer)]);

describe('a repeated request', () => {
  test('gets the answer of the first one, for a day', async () => {
    const key = freshKey();
    await finish({ key });
    expect(await begin({ key, after: 24 * 3_600 - 1 })).toEqual({ kind: 'replay', answer });
    expect(await begin({ key, after: 24 * 3_600 + 1 })).toMatchObject({ kind: 'begun' });
  });

  test('with other content is rejected', async () => {
    const key = freshKey();
    await finish({ key });
    await expect(begin({ key, content: '{"name":"b"}' })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 422,
    });
  });

  test('of another caller, route or organization is a separate request', async () => {
    const key = freshKey();
    await finish({ key });
    for (const other of [{ principal: 'usr_2' }, { route: 'POST /toys' }, { organization: 1002 }])
      expect(await begin({ key, ...other })).toMatchObject({ kind: 'begun' });
  });

  test('is rejected while the first one runs, for at most a minute', async () => {
    const key = freshKey();
    await begin({ key });
    await expect(begin({ key, after: 15 })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_IN_PROGRESS',
      status: 409,
      retryAfter: 45,
    });
    await expect(begin({ key, after: 15, content: 'other' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('runs again if the first one failed', async () => {
    const key = freshKey();
    await (await begun({ key })).abandon();
    expect(await begin({ key, content: 'corrected' })).toMatchObject({ kind: 'begun' });
  });

  test('goes on with the first one at once if that may still take effect', async () => {
    const key = freshKey();
    const first = await begun({ key });
    await first.suspend();
    const second = await begun({ key });
    expect(second.firstAttempt).toBe(first.firstAttempt);
    // It is not ours any more.
    await first.suspend();
    await expect(begin({ key })).rejects.toMatchObject({ code: 'IDEMPOTENCY_IN_PROGRESS' });
    await second.suspend();
    await expect(begin({ key, content: 'other' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    expect((await begun({ key })).firstAttempt).toBe(first.firstAttempt);
  });

  test('has a key of at most 255 characters', async () => {
    await expect(begin({ key: 'k'.repeat(256) })).rejects.toMatchObject({ code: 'INVALID_PARAMETER', status: 400 });
    expect(await begin({ key: 'k'.repeat(255) })).toMatchObject({ kind: 'begun' });
  });
});

describe('an attempt that was killed', () => {
  test('is replaced after a minute and can no longer commit', async () => {
    const key = freshKey();
    const killed = await begun({ key });
    const second = await begun({ key, after: 61 });
    await expect(commit(running.store, 1001, [create(toyRow, toy(1)), killed.record(answer)])).rejects.toMatchObject({
      code: 'IDEMPOTENCY_IN_PROGRESS',
    });
    await commit(running.store, 1001, [create(toyRow, toy(2)), second.record(answer)]);
    expect(await tableFor<'trunk'>(running.store, 1001).getAll(toyRow, [toy(1), toy(2)])).toEqual([undefined, toy(2)]);
    expect(await begin({ key, after: 62 })).toEqual({ kind: 'replay', answer });
  });

  test('is known to all that replace it, until the key is new', async () => {
    const key = freshKey();
    const { firstAttempt } = await begun({ key });
    const second = await begun({ key, after: 61 });
    const third = await begun({ key, after: 122 });
    expect([second.firstAttempt, third.firstAttempt]).toEqual([firstAttempt, firstAttempt]);
    expect((await begun({ key, after: 25 * 3_600 })).firstAttempt).not.toBe(firstAttempt);
  });

  test('is not replaced by a request with other content', async () => {
    const key = freshKey();
    await begin({ key });
    await expect(begin({ key, after: 61, content: 'other' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  test('deletes neither the attempt of its successor nor a stored answer', async () => {
    const key = freshKey();
    const killed = await begun({ key });
    const second = await begun({ key, after: 61 });
    await killed.abandon();
    await commit(running.store, 1001, [second.record(answer)]);
    await second.abandon();
    expect(await begin({ key, after: 62 })).toEqual({ kind: 'replay', answer });
  });
});

test('of twenty concurrent requests exactly one runs, and the change is made once', async () => {
  const key = freshKey();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, async (_item, at) => {
      const { record } = await begun({ key });
      await commit(running.store, 1001, [create(toyRow, toy(100 + at)), record(answer)]);
    }),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const made = await tableFor<'trunk'>(running.store, 1001).query(toyRow, {}, { prefix: 'trunk_0001' });
  expect(made.items).toHaveLength(1);
});

describe('behaviour of DynamoDB and its client', () => {
  const forwarding = (send: (command: PutItemCommand) => Promise<unknown>): Store => ({
    ...running.store,
    client: { send },
  });

  test('a first call that is sent twice, because its response was lost, finds its own attempt', async () => {
    const twice = forwarding(async (command) => {
      await running.store.client.send(command);
      return running.store.client.send(command);
    });
    expect(await begin({ key: freshKey(), store: twice })).toMatchObject({ kind: 'begun' });
  });

  test('an item in a running transaction counts as its last committed state', async () => {
    const held = forwarding(async (command) => {
      if (command instanceof PutItemCommand) throw new TransactionConflictException({ message: 'held', $metadata: {} });
      return running.store.client.send(command);
    });
    const key = freshKey();
    await finish({ key });
    expect(await begin({ key, store: held })).toEqual({ kind: 'replay', answer });
    await expect(begin({ key: freshKey(), store: held })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_IN_PROGRESS',
      retryAfter: 1,
    });
  });
});
