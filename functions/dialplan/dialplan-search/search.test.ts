import { describe, expect, test } from 'vitest';
import { newPolicy, type PolicyFields } from '../schema/policy.ts';
import { search, type Search } from './search.ts';

const policy = (
  id: string,
  fields: Partial<PolicyFields> & { readonly group_ids?: Record<string, string>; readonly created?: string },
) => {
  const { group_ids: groups = {}, created = '2026-01-01T00:00:00.000Z', ...more } = fields;
  return newPolicy(
    {
      name: id,
      description: undefined,
      status: 'active',
      priority: 10,
      conditions: { pattern: '^1' },
      actions: { allow: true },
      ...more,
    },
    id,
    { group_ids: groups },
    { by: 'usr_1', at: created },
  );
};

const all = [
  policy('a', {
    name: 'International calls',
    description: 'For the sales team',
    priority: 30,
    conditions: { pattern: '^011[0-9]+$', user_groups: ['Sales'] },
    group_ids: { sales: 'grp_1' },
  }),
  policy('b', {
    name: 'Sales hotline',
    description: 'International numbers too',
    priority: 20,
    status: 'draft',
    conditions: { pattern: '^1800', user_groups: ['Night'] },
  }),
  policy('c', {
    name: 'Emergency',
    priority: 5,
    created: '2026-06-01T00:00:00.000Z',
    conditions: { pattern: '^(911|112)$' },
  }),
];
const find = (wanted: Search, groupId?: string): string[] =>
  search(all, wanted, groupId).map(({ id, match_score: score }) => `${id} ${score}`);

describe('a search', () => {
  test('scores each word 1 in the name and 0.5 in the description, best first', () => {
    expect(find({ q: 'international' })).toEqual(['a 1', 'b 0.5']);
    expect(find({ q: 'SALES  international' })).toEqual(['b 0.75', 'a 0.75']);
    expect(find({ q: 'sales team international' })).toEqual(['a 0.67', 'b 0.5']);
    expect(find({ q: 'nowhere' })).toEqual([]);
  });

  test('without words finds all policies, by priority', () => {
    expect(find({})).toEqual(['c 1', 'b 1', 'a 1']);
    expect(find({ order: 'desc' })).toEqual(['a 1', 'b 1', 'c 1']);
    expect(find({ sort: 'name' })).toEqual(['c 1', 'a 1', 'b 1']);
    expect(find({ q: 'international', order: 'asc' })).toEqual(['b 0.5', 'a 1']);
  });

  test.each([
    ['by status', { status: 'draft' }, ['b 1']],
    ['by priority', { priority_min: 6, priority_max: 20 }, ['b 1']],
    ['by time', { created_after: '2026-06-01T00:00:00.000Z' }, ['c 1']],
    ['by time, the other way', { created_before: '2026-05-31T23:59:59.999Z' }, ['b 1', 'a 1']],
    ['by a piece of a pattern', { pattern: '[0-9]+' }, ['a 1']],
    ['by a dialed string', { pattern: '01144' }, ['a 1']],
    ['by a dialed string that is a piece too', { pattern: '911' }, ['c 1']],
    ['by what cannot be dialed', { pattern: '^(911|112)$' }, ['c 1']],
  ] as const)('%s', (_title, wanted, expected) => {
    expect(find(wanted)).toEqual(expected);
  });

  test('finds a resolved group by its present name or id, and an unresolved entry by its text', () => {
    expect(find({ group: 'Revenue' }, 'grp_1')).toEqual(['a 1']);
    expect(find({ group: 'grp_1' })).toEqual(['a 1']);
    expect(find({ group: 'sales' })).toEqual([]);
    expect(find({ group: 'NIGHT' })).toEqual(['b 1']);
  });
});
