import { expect, test } from 'vitest';
import { sellsTo } from './selling.ts';

const customer = { parent_id: 1001 };
const operator = { parent_id: null };

test.each([
  ['the parent', 1001, customer, true],
  ['the operator, above the parent', 1000, customer, true],
  ['the operator, to itself', 1000, operator, true],
  ['the organization itself', 1002, customer, false],
  ['another organization', 1003, operator, false],
])('%s sells to an organization: %#', (_who, organization, to, sells) => {
  expect(sellsTo(to, { organization })).toBe(sells);
});
