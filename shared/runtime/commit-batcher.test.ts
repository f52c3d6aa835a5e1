import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { Contention } from '../dynamodb/commit.ts';
import { webhookRow } from '../dynamodb/rows/webhook.ts';
import { change } from '../dynamodb/write.ts';
import { newCommitBatcher } from './commit-batcher.ts';

/** A store whose transactions end as `judge` decides. `transactions`: the written items, as organization and key. */
function storeOf(judge: (devices: readonly string[]) => readonly number[] | Error) {
  const transactions: string[][] = [];
  const commit = newCommitBatcher({
    tryCommit: async (organization, writes) => {
      const keys = writes.map((write) => write.render('table', write.organization ?? organization, 0).Update?.Key);
      const devices = keys.map((key) => key?.['SK']?.S ?? '');
      transactions.push(keys.map((key) => `${key?.['PK']?.S?.split('#')[1]}/${key?.['SK']?.S}`));
      await new Promise(setImmediate);
      const verdict = judge(devices);
      if (verdict instanceof Error) throw verdict;
      return verdict.map((at) => ({ at, stored: undefined }));
    },
  });
  let organizations = 0;
  return {
    transactions,
    register: (device: string) =>
      commit({
        organization: 1_001 + organizations++,
        key: device,
        writes: [change(webhookRow, { id: `${device}.` }, {}), change(webhookRow, { id: device }, {})],
      }),
  };
}
const failing = (device: string) => (devices: readonly string[]) =>
  devices.flatMap((each, at) => (each === device ? [at] : []));

test('changes of several organizations share a transaction, each in its own organization', async () => {
  const { transactions, register } = storeOf(() => []);
  expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(register))).toEqual([[], [], [], [], []]);
  expect(transactions).toEqual([
    ['1001/a.', '1001/a'],
    ['1002/b.', '1002/b', '1003/c.', '1003/c', '1004/d.', '1004/d', '1005/e.', '1005/e'],
  ]);
});

test('a failed condition fails its own change, and the others are committed without it', async () => {
  const { transactions, register } = storeOf(failing('e'));
  expect(await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(register))).toEqual([
    [],
    [],
    [],
    [],
    [{ at: 1, stored: undefined }],
    [],
  ]);
  expect(transactions.slice(1).map((each) => each.length)).toEqual([10, 8]);
});

test.each([
  ['is locked', new Contention()],
  ['is invalid', new TransactionCanceledException({ message: 'ValidationError', $metadata: {} })],
])('if a write %s, each change is committed alone', async (_reason, error) => {
  const { transactions, register } = storeOf((devices) => (devices.includes('e') ? error : []));
  const done = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map(register));
  expect(done.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
  expect(transactions.slice(1).map((each) => each.length)).toEqual([10, 2, 2, 2, 2, 2]);
});

test('a store that does not answer fails the whole batch, without a retry per change', async () => {
  const { transactions, register } = storeOf(() => new Error('no answer'));
  expect((await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(register))).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, () => 'rejected'),
  );
  expect(transactions).toHaveLength(2);
});
