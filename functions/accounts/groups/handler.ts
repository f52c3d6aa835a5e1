import { notFound } from '../../../shared/errors.ts';
import type { GroupItem } from '../../../shared/dynamodb/rows/group.ts';
import { rightsChanged } from '../../../shared/dynamodb/rows/organization.ts';
import type { CustomRoles } from '../../../shared/dynamodb/rows/role.ts';
import type { UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { commits, created, ok, page } from '../../../shared/http/answers/answer.ts';
import type { Caller } from '../../../shared/http/admission/caller.ts';
import {
  requireGrantable,
  requireGrantableRoles,
  requireKnownRoles,
  requireManageable,
  requireTouchable,
} from '../../../shared/http/authorization/granting.ts';
import type { Request, Context } from '../../../shared/http/handlers.ts';
import { dependenciesFromEnvironment, type Dependencies } from '../../../shared/runtime/dependencies.ts';
import { effective } from '../../../shared/http/authorization/permissions.ts';
import { pinned } from '../../../shared/http/pinned.ts';
import { backingOf, customRolesNamed, holdingsOf, rightsOf } from '../../../shared/http/authorization/rights.ts';
import { serve } from '../../../shared/http/serve.ts';
import {
  deleteGroup,
  deleteMember,
  getGroup,
  groups,
  listGroups,
  postGroup,
  putGroup,
  putMembers,
} from './contract.ts';
import {
  changedGroup,
  isListed,
  newGroup,
  presentGroup,
  rejectReferenced,
  requireRoom,
  requireUsers,
} from './group.ts';
import { prefetch, creation, groupStore, joining, leaving, removal, update } from './store.ts';

type GroupsContext = Context<typeof groups>;

const present = (group: GroupItem | undefined): GroupItem => {
  if (group === undefined) throw notFound('Group');
  return group;
};

const entityOf = ({ id }: GroupItem) => ({ type: 'group', id });

/**
 * Whoever changes what a group gives or denies has all of it: its members, of whom there may be thousands,
 * gain or lose by it. @throws AppError CANNOT_GRANT
 */
function requireOwnAll(caller: Caller, group: GroupItem, custom: CustomRoles): void {
  const holdings = holdingsOf(group, [], custom);
  requireGrantable(caller, effective({ ...holdings, denied: [] }), 'roles');
  requireTouchable(caller, holdings.denied, 'permissions');
}

/** Name, description and category change nobody's rights. */
const changesRights = (before: GroupItem, after: GroupItem): boolean =>
  before.status !== after.status ||
  before.roles.length !== after.roles.length ||
  before.roles.some((role) => !after.roles.includes(role));

async function changeGroup(request: Request<typeof postGroup>, { table }: GroupsContext) {
  const { params, query, body, caller, organization, now, record, pinnedVersion } = request;
  const store = groupStore(table);
  // First: what is decided by these is decided anew if they change after this.
  const [home, plan] = await Promise.all([store.organization(), store.plan(record)]);
  const before = present(await store.get(params.id));
  const after = changedGroup(before, body(), now.toISOString());
  const custom = await customRolesNamed(table, [...before.roles, ...after.roles]);
  requireKnownRoles(
    after.roles.filter((role) => !before.roles.includes(role)),
    organization,
    custom,
  );
  if (changesRights(before, after)) {
    requireOwnAll(caller, before, custom);
    requireOwnAll(caller, after, custom);
  }
  if (before.name !== after.name && query.force !== true)
    rejectReferenced(await store.policiesNaming(before.id), 'renames it, and they show the new name');
  pinned(before, pinnedVersion);
  return commits(
    [
      ...update(plan, before, after, custom),
      ...(changesRights(before, after) ? [rightsChanged(home ?? organization)] : []),
      record('group.updated', { entity: entityOf(after), description: `Group ${after.name} updated`, before, after }),
    ],
    ok(presentGroup(after, organization.org_id), { message: 'Group updated successfully', version: after.version }),
  );
}

async function dropGroup(request: Request<typeof deleteGroup>, { table }: GroupsContext) {
  const { params, query, caller, organization, now, record, pinnedVersion } = request;
  const store = groupStore(table);
  const [home, plan] = await Promise.all([store.organization(), store.plan(record)]);
  const group = present(await store.get(params.id));
  const custom = await customRolesNamed(table, group.roles);
  requireOwnAll(caller, group, custom);
  if (query.force !== true)
    rejectReferenced(await store.policiesNaming(group.id), 'deletes it, and they match nobody by it');
  pinned(group, pinnedVersion);
  return commits(
    [
      ...removal(plan, group, custom),
      rightsChanged(home ?? organization),
      record('group.deleted', { entity: entityOf(group), description: `Group ${group.name} deleted`, before: group }),
    ],
    ok({ id: group.id, deleted_at: now.toISOString() }, { message: 'Group deleted successfully' }),
  );
}

/**
 * Nobody is put into, or taken out of, a group by somebody who may do less, before or after.
 * @throws AppError CANNOT_MANAGE_USER, CANNOT_GRANT
 */
async function requireMovable(
  caller: Caller,
  table: GroupsContext['table'],
  users: readonly UserItem[],
  move: (user: UserItem) => UserItem,
): Promise<void> {
  const backing = await backingOf(table, [...users, ...users.map(move)]);
  for (const user of users) {
    requireManageable(caller, rightsOf(user, backing));
    requireGrantable(caller, rightsOf(move(user), backing), 'user_ids');
  }
}

async function addMembers(request: Request<typeof putMembers>, { table }: GroupsContext) {
  const { params, body, caller, organization, now, record } = request;
  const store = groupStore(table);
  const home = (await store.organization()) ?? organization;
  const group = present(await store.get(params.id));
  const { user_ids: ids } = body();
  const found = requireUsers(ids, await store.users(ids));
  requireOwnAll(caller, group, await customRolesNamed(table, group.roles));
  const users = found.filter((user) => !user.groups.includes(group.id));
  await requireMovable(caller, table, users, (user) => ({ ...user, groups: [...user.groups, group.id] }));
  requireRoom(group, users);
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
      ...joining({ group, users, now: now.toISOString() }),
      rightsChanged(home),
      record('group.member_added', {
        entity: entityOf(group),
        description: `${added.length} added to group ${group.name}`,
        fields: { user_ids: added },
      }),
    ],
    answer,
  );
}

async function removeMember(request: Request<typeof deleteMember>, { table }: GroupsContext) {
  const { params, caller, organization, now, record } = request;
  const store = groupStore(table);
  const home = (await store.organization()) ?? organization;
  const group = present(await store.get(params.id));
  const [user] = await store.users([params.userId]);
  if (user?.groups.includes(group.id) !== true) throw notFound('Member');
  await requireMovable(caller, table, [user], (each) => ({
    ...each,
    groups: each.groups.filter((id) => id !== group.id),
  }));
  return commits(
    [
      ...leaving({ group, users: [user], now: now.toISOString() }),
      rightsChanged(home),
      record('group.member_removed', {
        entity: entityOf(group),
        description: `${user.username} removed from group ${group.name}`,
        fields: { user_ids: [user.id] },
      }),
    ],
    ok(
      { id: group.id, user_id: user.id, deleted_at: now.toISOString(), member_count: group.member_count - 1 },
      { message: 'Member removed successfully' },
    ),
  );
}

export const groupsHandler = (dependencies: Dependencies = dependenciesFromEnvironment()) =>
  serve(
    groups,
    {
      [listGroups.route]: async ({ query, page: request, organization }, { table }) => {
        const found = await groupStore(table).page(request(), (group) => isListed(group, query));
        return page({ ...found, items: found.items.map((group) => presentGroup(group, organization.org_id)) });
      },

      [putGroup.route]: async ({ body, caller, organization, now, record }, { table, nextId }) => {
        const plan = await groupStore(table).plan(record);
        const group: GroupItem = newGroup(body(), { id: nextId('grp'), now: now.toISOString() });
        const custom = await customRolesNamed(table, group.roles);
        requireKnownRoles(group.roles, organization, custom);
        requireGrantableRoles(caller, group.roles, custom);
        return commits(
          [
            ...creation(plan, group, custom),
            record('group.created', {
              entity: entityOf(group),
              description: `Group ${group.name} created`,
              after: group,
            }),
          ],
          created(presentGroup(group, organization.org_id), { message: 'Group created successfully', version: 1 }),
        );
      },

      [getGroup.route]: async ({ params, page: request, organization }, { table }) => {
        const store = groupStore(table);
        const group = present(await store.get(params.id));
        const { items, nextToken } = await store.members(group.id, request());
        const users = await store.users(items.map((member) => member.user_id));
        // A member that has just gone is on its way out of the list.
        const members = items.flatMap(({ user_id, added_at }, at) => {
          const user = users[at];
          return user === undefined
            ? []
            : [{ user_id, username: user.username, display_name: user.display_name, added_at }];
        });
        return ok(
          { ...presentGroup(group, organization.org_id), members, next_page_token: nextToken },
          { version: group.version },
        );
      },

      [postGroup.route]: changeGroup,
      [deleteGroup.route]: dropGroup,
      [putMembers.route]: addMembers,
      [deleteMember.route]: removeMember,
    },
    { ...dependencies, prefetch },
  );

export const handler = groupsHandler();
