import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unsettled } from './batch-response.ts';

const batch = ['a', 'b', 'c'];
const answered = (result: unknown) => ({ payload: JSON.stringify(result), failed: false });

test('a failed invocation settles nothing', () => {
  expect([...unsettled({ payload: '{}', failed: true }, batch, true)]).toEqual(batch);
});

test.each([null, {}, { batchItemFailures: null }, { batchItemFailures: [] }, 'done'])(
  '%j settles the whole batch',
  (result) => {
    expect(unsettled(answered(result), batch, true).size).toBe(0);
  },
);

test('without partial responses, any answer settles the whole batch', () => {
  expect(unsettled(answered({ batchItemFailures: [{ itemIdentifier: 'a' }] }), batch, false).size).toBe(0);
});

test.each([
  { batchItemFailures: 'a' },
  { batchItemFailures: [{}] },
  { batchItemFailures: [null] },
  { batchItemFailures: [{ itemIdentifier: '' }] },
  { batchItemFailures: [{ itemIdentifier: 'x' }] },
])('%j settles nothing', (result) => {
  expect([...unsettled(answered(result), batch, true)]).toEqual(batch);
});

test('exactly the named records are kept', () => {
  fc.assert(
    fc.property(fc.subarray(batch), (failures) => {
      const result = { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
      expect([...unsettled(answered(result), batch, true)]).toEqual(failures);
    }),
  );
});
