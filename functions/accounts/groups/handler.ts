import { found } from '#errors.ts';
import type { GroupItem } from '#dynamodb/rows/group.ts';
import { raisePermissionEpoch } from '#dynamodb/rows/organization.ts';
import type { CustomRoles } from '#dynamodb/rows/role.ts';
import type { UserItem } from '#dynamodb/rows/user.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Caller } from '#http/authorization/caller.ts';
import {
  assertGrantable,
  assertGrantableRoles,
  assertKnownRoles,
  assertMayChangeScopes,
} from '#http/authorization/granting.ts';
import type { Request, Context } from '#http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '#runtime/dependencies.ts';
import { effectiveRights } from '#http/authorization/permissions.ts';
import { assertPinnedVersion } from '#http/pinned-version.ts';
import { readRightsSources, readCustomRoles, holdingsOf, rightsOf } from '#http/authorization/rights.ts';
import { commitCreation, commitDeletion, commitUpdate, listOf, type InOrganization } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { auditOf, describeByName } from '#schema/audit.ts';
import {
  addGroupMembers,
  createGroup,
  deleteGroup,
  getGroup,
  groups,
  listGroups,
  removeGroupMember,
  updateGroup,
} from './contract.ts';
import {
  assertNotReferenced,
  assertRoom,
  changeGroup,
  changesRights,
  matches,
  newGroup,
  presentGroup,
  usersOf,
} from './group.ts';
import { createWrites, deleteWrites, groupStore, joinWrites, leaveWrites, prefetch, updateWrites } from './store.ts';

type GroupsContext = Context<typeof groups>;

const entityOf = ({ id }: GroupItem) => ({ type: 'group', id });
const audit = auditOf('group', {
  noun: 'Group',
  describe: describeByName('Group'),
  logged: (group: GroupItem) => group,
});

const present = (group: GroupItem, { organization }: InOrganization) => presentGroup(group, organization.org_id);

/**
 * A caller that changes what a group gives or denies must have all of these rights in full, as its members, up to
 * thousands, gain or lose them. @throws AppError CANNOT_GRANT
 */
function assertHoldsAll(caller: Caller, group: GroupItem, custom: CustomRoles): void {
  const holdings = holdingsOf(group, [], custom);
  assertGrantable(caller, effectiveRights({ ...holdings, denied: [] }), 'roles');
  assertMayChangeScopes(caller, holdings.denied, 'permissions');
}

async function update(request: Request<typeof updateGroup>, { table }: GroupsContext) {
  const { params, query, body, caller, organization, now, record, pinnedVersion } = request;
  const store = groupStore(table);
  // First: if these change after this read, the write fails and the request is decided again.
  const [home, plan] = await Promise.all([store.organization(), store.plan(record)]);
  const before = found(await store.get(params.id), 'Group');
  const after = changeGroup(before, body(), now.toISOString());
  const custom = await readCustomRoles(table, [...before.roles, ...after.roles]);
  assertKnownRoles(
    after.roles.filter((role) => !before.roles.includes(role)),
    organization,
    custom,
  );
  if (changesRights(before, after)) {
    assertHoldsAll(caller, before, custom);
    assertHoldsAll(caller, after, custom);
  }
  if (before.name !== after.name && query.force !== true)
    assertNotReferenced(await store.policiesNaming(before.id), 'renames it, and they show the new name');
  assertPinnedVersion(before, pinnedVersion);
  return commitUpdate(
    audit,
    request,
    { before, after },
    {
      writes: [
        ...updateWrites(plan, before, after, custom),
        ...(changesRights(before, after) ? [raisePermissionEpoch(home ?? organization)] : []),
      ],
      shown: present(after, request),
    },
  );
}

async function remove(request: Request<typeof deleteGroup>, { table }: GroupsContext) {
  const { params, query, caller, organization, record } = request;
  const store = groupStore(table);
  const [home, plan] = await Promise.all([store.organization(), store.plan(record)]);
  const group = found(await store.get(params.id), 'Group');
  const custom = await readCustomRoles(table, group.roles);
  assertHoldsAll(caller, group, custom);
  if (query.force !== true)
    assertNotReferenced(await store.policiesNaming(group.id), 'deletes it, and they no longer match by it');
  return commitDeletion(audit, request, group, {
    writes: [...deleteWrites(plan, group, custom), raisePermissionEpoch(home ?? organization)],
  });
}

/**
 * A caller that moves users into or out of a group must have all of their rights, before and after.
 * @throws AppError CANNOT_MANAGE_USER, CANNOT_GRANT
 */
async function assertMovable(
  { caller, assertManages }: Pick<Request<typeof addGroupMembers>, 'caller' | 'assertManages'>,
  table: GroupsContext['table'],
  users: readonly UserItem[],
  move: (user: UserItem) => UserItem,
): Promise<void> {
  const backing = await readRightsSources(table, [...users, ...users.map(move)]);
  assertManages(users, backing);
  for (const user of users) assertGrantable(caller, rightsOf(move(user), backing), 'user_ids');
}

async function addMembers(request: Request<typeof addGroupMembers>, { table }: GroupsContext) {
  const { params, body, caller, organization, now, record } = request;
  const store = groupStore(table);
  const home = (await store.organization()) ?? organization;
  const group = found(await store.get(params.id), 'Group');
  const { user_ids: ids } = body();
  const wanted = usersOf(ids, await store.users(ids));
  assertHoldsAll(caller, group, await readCustomRoles(table, group.roles));
  const users = wanted.filter((user) => !user.groups.includes(group.id));
  await assertMovable(request, table, users, (user) => ({ ...user, groups: [...user.groups, group.id] }));
  assertRoom(group, users);
  const added = users.map(({ id }) => id);
  const answer = ok(
    {
      id: group.id,
      added,
      already: ids.filter((id) => !added.includes(id)),
      member_count: group.member_count + added.length,
    },
    { message: 'Members added successfully' },
  );
  if (added.length === 0) return answer;
  return commits(
    [
      ...joinWrites({ group, users, now: now.toISOString() }),
      raisePermissionEpoch(home),
      record('group.member_added', {
        entity: entityOf(group),
        description: `${added.length} added to group ${group.name}`,
        fields: { user_ids: added },
      }),
    ],
    answer,
  );
}

async function removeMember(request: Request<typeof removeGroupMember>, { table }: GroupsContext) {
  const { params, organization, now, record } = request;
  const store = groupStore(table);
  const home = (await store.organization()) ?? organization;
  const group = found(await store.get(params.id), 'Group');
  const [named] = await store.users([params.userId]);
  const user = found(named?.groups.includes(group.id) === true ? named : undefined, 'Member');
  await assertMovable(request, table, [user], (each) => ({
    ...each,
    groups: each.groups.filter((id) => id !== group.id),
  }));
  return commits(
    [
      ...leaveWrites({ group, users: [user], now: now.toISOString() }),
      raisePermissionEpoch(home),
      record('group.member_removed', {
        entity: entityOf(group),
        description: `${user.username} removed from group ${group.name}`,
        fields: { user_ids: [user.id] },
        persons: [user.id],
      }),
    ],
    ok(
      { id: group.id, user_id: user.id, deleted_at: now.toISOString(), member_count: group.member_count - 1 },
      { message: 'Member removed successfully' },
    ),
  );
}

const read = ({ query, page: request }: Request<typeof listGroups>, { table }: GroupsContext) =>
  groupStore(table).page(request(), (group) => matches(group, query));

async function create(request: Request<typeof createGroup>, { table, nextId }: GroupsContext) {
  const { body, caller, organization, now, record } = request;
  const plan = await groupStore(table).plan(record);
  const group: GroupItem = newGroup(body(), { id: nextId('grp'), now: now.toISOString() });
  const custom = await readCustomRoles(table, group.roles);
  assertKnownRoles(group.roles, organization, custom);
  assertGrantableRoles(caller, group.roles, custom);
  return commitCreation(audit, request, group, {
    writes: createWrites(plan, group, custom),
    shown: present(group, request),
  });
}

async function get({ params, page: request, organization }: Request<typeof getGroup>, { table }: GroupsContext) {
  const store = groupStore(table);
  const group = found(await store.get(params.id), 'Group');
  const { items, nextToken } = await store.members(group.id, request());
  const users = await store.users(items.map((member) => member.user_id));
  // A member without a user has just been deleted; its membership is about to go.
  const members = items.flatMap(({ user_id, added_at }, at) => {
    const user = users[at];
    return user === undefined ? [] : [{ user_id, username: user.username, display_name: user.display_name, added_at }];
  });
  return ok(
    { ...presentGroup(group, organization.org_id), members, next_page_token: nextToken },
    { version: group.version },
  );
}

export const groupsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    groups,
    {
      [listGroups.route]: listOf(read, present),
      [createGroup.route]: create,
      [getGroup.route]: get,
      [updateGroup.route]: update,
      [deleteGroup.route]: remove,
      [addGroupMembers.route]: addMembers,
      [removeGroupMember.route]: removeMember,
    },
    { ...dependencies, prefetch },
  );

export const handler = groupsHandler();
