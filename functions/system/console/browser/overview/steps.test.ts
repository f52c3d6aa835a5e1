import { expect, test } from 'vitest';
import { itemsIn, stepsFor } from './steps.ts';

test.each([
  [{ data: [1, 2] }, 2],
  [{ data: { numbers: [1] } }, 1],
  [{ phones: [1], total: 1 }, 1],
  [{ data: {} }, 0],
  [null, 0],
])('of %j, %d items are counted', (answer, count) => {
  expect(itemsIn(answer)).toBe(count);
});

test('a person is shown the steps that it may take and see the outcome of', () => {
  const scopes = ['users:read', 'users:write', 'calls:write', 'telephony:read', 'orgs:read', 'orgs:write'];
  expect(stepsFor({ scopes }, false).map(({ key }) => key)).toEqual(['user']);
  expect(stepsFor({ scopes }, true).map(({ key }) => key)).toEqual(['customer', 'user']);
});
