import { describe, expect, test } from 'vitest';
import { idOf, lacksAccounts, treeOf } from './tree.ts';

const organization = (id: string, parent: string | null) => ({ id, parent_id: parent });
const all = [
  organization('org_1', null),
  organization('org_2', 'org_1'),
  organization('org_3', 'org_1'),
  organization('org_4', 'org_2'),
];
const shown = (closed: readonly string[] = [], list = all) =>
  treeOf(list, new Set(closed)).map(({ organization: each, depth }) => `${depth} ${idOf(each)}`);

test('organizations are below their parents, in the order of the list', () => {
  expect(shown()).toEqual(['0 org_1', '1 org_2', '2 org_4', '1 org_3']);
});

test('those below a closed one are not shown', () => {
  expect(shown(['org_2'])).toEqual(['0 org_1', '1 org_2', '1 org_3']);
});

test('one whose parent is not in the list is at the edge', () => {
  expect(shown([], all.slice(1))).toEqual(['0 org_2', '1 org_4', '0 org_3']);
});

test('two that name each other as parents end nothing', () => {
  expect(shown([], [organization('org_1', 'org_2'), organization('org_2', 'org_1')])).toEqual([]);
});

describe('accounts on pages that are not read', () => {
  const read = [{ customer_id: 'org_9' }, { customer_id: 'org_1001' }, { customer_id: 'org_1100' }];

  test('are missing if a customer comes after all that are read, as a found one may', () => {
    expect(lacksAccounts([organization('org_1001', null), organization('org_99999', null)], read)).toBe(true);
  });

  test('are not missing if the customers come before their end, also one without an account', () => {
    expect(lacksAccounts([organization('org_10', null), organization('org_1100', null)], read)).toBe(false);
    expect(lacksAccounts([], read)).toBe(false);
  });
});
