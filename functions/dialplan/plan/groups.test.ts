import { expect, test } from 'vitest';
import { type Group, groupDirectory, groupKey, membership, resolveGroups } from './groups.ts';

const sales: Group = { id: 'grp_1', name: 'Sales', status: 'active' };
const closed: Group = { id: 'grp_2', name: 'closed', status: 'inactive' };

test('a group is found by id or name, case ignored', () => {
  const directory = groupDirectory([sales]);
  expect(directory.find('GRP_1')).toBe(sales);
  expect(directory.find('sALES')).toBe(sales);
  expect(directory.find('support')).toBeUndefined();
});

test('groups that exist are resolved to ids, others are reported', () => {
  expect(resolveGroups(['SALES', 'grp_2', 'vip'], groupDirectory([sales, closed]))).toEqual({
    ids: { sales: 'grp_1', grp_2: 'grp_2' },
    unknown: ['vip'],
  });
});

test('a caller with the name of a group matches an entry that was resolved to its id', () => {
  expect(membership(['sales'], groupDirectory([sales])).has(groupKey('sales', 'grp_1'))).toBe(true);
});

test('a renamed group still matches by id and by its new name', () => {
  const renamed = groupDirectory([{ ...sales, name: 'Revenue' }]);
  for (const entry of ['grp_1', 'revenue'])
    expect(membership([entry], renamed).has(groupKey('sales', 'grp_1'))).toBe(true);
  expect(membership(['sales'], renamed).has(groupKey('sales', 'grp_1'))).toBe(false);
});

test('a deleted group matches no one, even if a caller has its name or id or a new group has its name', () => {
  const key = groupKey('sales', 'grp_1');
  expect(membership(['sales', 'grp_1'], groupDirectory([])).has(key)).toBe(false);
  expect(membership(['sales'], groupDirectory([{ ...sales, id: 'grp_9' }])).has(key)).toBe(false);
});

test('an inactive group matches no one', () => {
  expect(membership(['closed', 'grp_2'], groupDirectory([closed])).size).toBe(0);
});

test("an unresolved name matches a caller's entry of that name", () => {
  expect(membership(['VIP'], groupDirectory([])).has(groupKey('vip', undefined))).toBe(true);
});
