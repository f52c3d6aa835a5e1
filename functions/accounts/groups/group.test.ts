import { describe, expect, test } from 'vitest';
import {
  assertNotReferenced,
  assertRoom,
  changeGroup,
  changesRights,
  GroupChange,
  matches,
  NewGroup,
  newGroup,
  NewMembers,
  presentGroup,
  usersOf,
} from './group.ts';

const stamp = { id: 'grp_1', now: '2026-11-20T10:00:00.000Z' };
const later = '2026-11-21T10:00:00.000Z';
const sales = newGroup(NewGroup.parse({ name: 'sales', roles: ['agent'] }), stamp);
const change = (fields: object) => changeGroup(sales, GroupChange.parse(fields), later);

test('a new group is an active department without members; its display name is its name', () => {
  expect(sales).toEqual({
    id: 'grp_1',
    name: 'sales',
    display_name: 'sales',
    description: null,
    category: 'department',
    status: 'active',
    roles: ['agent'],
    roles_since: { agent: stamp.now },
    permissions: {},
    member_count: 0,
    created_at: stamp.now,
    updated_at: stamp.now,
    version: 1,
  });
});

test.each([
  [{ name: 'a' }, true],
  [{ name: '_a.b-c' }, true],
  [{ name: '' }, false],
  [{ name: '.a' }, false],
  [{ name: 'a b' }, false],
  [{ name: 'a'.repeat(64) }, true],
  [{ name: 'a'.repeat(65) }, false],
  [{ name: 'a', roles: ['agent', 'agent'] }, false],
  [{ name: 'a', roles: Array.from({ length: 11 }, (_, at) => `role${at}`) }, false],
  [{ name: 'a', category: 'team' }, false],
])('%j is accepted: %s', (fields, isAccepted) => expect(NewGroup.safeParse(fields).success).toBe(isAccepted));

test.each([
  [0, false],
  [1, true],
  [40, true],
  [41, false],
])('%i members are added at once: %s', (count, isAccepted) =>
  expect(NewMembers.safeParse({ user_ids: Array.from({ length: count }, (_, at) => `usr_${at}`) }).success).toBe(
    isAccepted,
  ),
);

describe('a change', () => {
  test('is a new version that keeps what it does not name', () => {
    expect(change({ description: 'Sells' })).toEqual({
      ...sales,
      description: 'Sells',
      updated_at: later,
      version: 2,
    });
  });

  test('of the name changes the display name, unless one was chosen', () => {
    expect(change({ name: 'Sales-EU' })).toMatchObject({ name: 'Sales-EU', display_name: 'Sales-EU' });
    const chosen = change({ display_name: 'Sales team' });
    expect(changeGroup(chosen, { name: 'other' }, later).display_name).toBe('Sales team');
    expect(changeGroup(chosen, { display_name: null }, later).display_name).toBe('sales');
  });

  test('of roles keeps since when the other roles are held', () => {
    expect(change({ roles: ['agent', 'viewer'] }).roles_since).toEqual({ agent: stamp.now, viewer: later });
  });

  test('concerns rights only where status or roles differ', () => {
    expect([
      changesRights(sales, change({ name: 'other', description: 'x', category: 'other' })),
      changesRights(sales, change({ status: 'inactive' })),
      changesRights(sales, change({ roles: [] })),
      changesRights(sales, change({ roles: ['viewer'] })),
      changesRights(sales, change({ roles: ['agent', 'viewer'] })),
    ]).toEqual([false, true, true, true, true]);
  });
});

test('a group is shown without its permissions, which have an endpoint of their own', () => {
  const shown = presentGroup(sales, 1001);
  expect(shown).toMatchObject({ id: 'grp_1', org_id: 'org_1001', roles: ['agent'] });
  expect(shown).not.toHaveProperty('permissions');
  expect(shown).not.toHaveProperty('roles_since');
});

test('a group that policies name is rejected with up to 20 of them', () => {
  const policies = Array.from({ length: 21 }, (_, at) => ({ id: `pol_${at}`, name: `Policy ${at}` }));
  assertNotReferenced([], 'deletes it');
  expect(() => {
    assertNotReferenced(policies, 'deletes it');
  }).toThrow(
    expect.objectContaining({
      code: 'GROUP_REFERENCED',
      message: 'Policies name this group; force=true deletes it',
      details: policies.slice(0, 20).map(({ id, name }) => ({ path: id, message: `policy ${name} names it` })),
    }),
  );
});

test('members are users: unknown ids and service accounts are named', () => {
  const ada = { id: 'usr_1', type: 'user' } as const;
  const service = { id: 'svc_1', type: 'service' } as const;
  expect(usersOf(['usr_1'], [ada])).toEqual([ada]);
  expect(() => usersOf(['usr_1', 'usr_2', 'svc_1'], [ada, undefined, service])).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_USER',
      details: [
        { path: 'user_ids[1]', message: 'usr_2 is no user of the organization' },
        { path: 'user_ids[2]', message: 'svc_1 is no user of the organization' },
      ],
    }),
  );
});

test('a group has up to 5,000 members, and a user up to 200 groups', () => {
  const user = (groups: number) => ({ id: 'usr_1', groups: Array.from({ length: groups }, (_, at) => `grp_${at}`) });
  const joining =
    (count: number, ...users: ReturnType<typeof user>[]) =>
    (): void => {
      assertRoom({ ...sales, member_count: count }, users);
    };
  const full = expect.objectContaining({ code: 'LIMIT_EXCEEDED' }) as unknown;
  expect(joining(4_999, user(199))).not.toThrow();
  expect(joining(4_999, user(0), user(0))).toThrow(full);
  expect(joining(0, user(0), user(200))).toThrow(full);
});

test.each([
  [{}, true],
  [{ q: 'SÁL' }, true],
  [{ q: 'les' }, false],
  [{ status: 'inactive' }, false],
  [{ category: 'department' }, true],
  [{ q: 'sales', category: 'other' }, false],
])('the filter %j matches: %s', (filter, isMatch) => expect(matches(sales, filter)).toBe(isMatch));
