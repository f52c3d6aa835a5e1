import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { Contention } from '../../../shared/dynamodb/commit.ts';
import { deviceStateRow } from '../../telephony/rows/device-state.ts';
import { change } from '../../../shared/dynamodb/write.ts';
import { commitsTogether } from './committing.ts';

/** A store whose transactions end as `judge` says; each is told by its devices, with their organizations. */
function storeOf(judge: (devices: readonly string[]) => readonly number[] | Error) {
  const transactions: string[][] = [];
  const commit = commitsTogether({
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
        device,
        writes: [change(deviceStateRow, { id: `${device}.` }, {}), change(deviceStateRow, { id: device }, {})],
      }),
  };
}
const failing = (device: string) => (devices: readonly string[]) =>
  devices.flatMap((each, at) => (each === device ? [at] : []));

test('changes of several organizations go in one transaction, each in its own', async () => {
  const { transactions, register } = storeOf(() => []);
  expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(register))).toEqual([[], [], [], [], []]);
  expect(transactions).toEqual([
    ['1001/a.', '1001/a'],
    ['1002/b.', '1002/b', '1003/c.', '1003/c', '1004/d.', '1004/d', '1005/e.', '1005/e'],
  ]);
});

test('one whose condition does not hold fails alone, told by its own place; the others go again without it', async () => {
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
  ['held by others', new Contention()],
  ['refused as it is', new TransactionCanceledException({ message: 'ValidationError', $metadata: {} })],
])('where one of a group is %s, each goes alone', async (_, error) => {
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

test('a store that does not answer fails all of a group, and is not asked for each again', async () => {
  const { transactions, register } = storeOf(() => new Error('no answer'));
  expect((await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(register))).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, () => 'rejected'),
  );
  expect(transactions).toHaveLength(2);
});
