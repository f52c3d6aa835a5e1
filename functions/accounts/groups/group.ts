import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { organizationText, text, Timestamp } from '../../../shared/schema/values.ts';

/** Groups of users, which give roles and are named by dial-plan policies (users.md, "Groups"). */

export const groupStatuses = ['active', 'inactive'] as const;
export const groupCategories = ['department', 'call_center', 'dialplan', 'other'] as const;

/** users.md, "Constraints, deletion, audit, limits". */
export const maxGroups = 1_000;
const maxMembers = 5_000;
const maxGroupsOfUser = 200;

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const optional = {
  display_name: text(100, 1).nullable(),
  description: text(500).nullable(),
  category: z.enum(groupCategories),
  status: z.enum(groupStatuses),
  roles: z.array(z.string().min(1).max(64)).max(10).refine(isDistinct, 'names a role twice'),
} as const;
const Name = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/,
    'must have 1 to 64 of letters, digits, _ . - and begin with a letter, a digit or _',
  );

const optionalFields = z.object(optional).partial();

/** Body of `PUT /groups`. */
export const NewGroup = optionalFields.extend({ name: Name }).meta({ id: 'NewGroup' });
export type NewGroup = z.output<typeof NewGroup>;
/** Body of `POST /groups/{id}`. */
export const GroupChange = optionalFields.extend({ name: Name.optional() }).meta({ id: 'GroupChange' });
export type GroupChange = z.output<typeof GroupChange>;

/** Body of `PUT /groups/{id}/members`. */
export const NewMembers = z
  .object({ user_ids: z.array(z.string().max(80)).min(1).max(40).refine(isDistinct, 'names a user twice') })
  .meta({ id: 'NewMembers' });

/** As answered. */
export const Group = z
  .object({
    id: z.string(),
    org_id: z.string(),
    name: z.string(),
    display_name: z.string(),
    description: z.string().nullable(),
    category: z.enum(groupCategories),
    status: z.enum(groupStatuses),
    roles: z.array(z.string()),
    member_count: z.int(),
    created_at: Timestamp,
    updated_at: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'Group' });
export const Member = z
  .object({ user_id: z.string(), username: z.string(), display_name: z.string(), added_at: Timestamp })
  .meta({ id: 'Member' });

type Stored = Omit<z.output<typeof Group>, 'org_id' | 'roles'> & {
  readonly roles: readonly string[];
  readonly roles_since: Readonly<Record<string, string>>;
  readonly permissions: object;
};

type Stamp = { readonly id: string; /** ISO 8601. */ readonly now: string };

const heldSince = (
  roles: readonly string[],
  since: Readonly<Record<string, string>>,
  now: string,
): Record<string, string> => Object.fromEntries(roles.map((role) => [role, since[role] ?? now]));

/** A group as it is first stored. */
export const newGroup = (wanted: NewGroup, { id, now }: Stamp) => ({
  id,
  name: wanted.name,
  display_name: wanted.display_name ?? wanted.name,
  description: wanted.description ?? null,
  category: wanted.category ?? ('department' as const),
  status: wanted.status ?? ('active' as const),
  roles: wanted.roles ?? [],
  roles_since: heldSince(wanted.roles ?? [], {}, now),
  permissions: {},
  member_count: 0,
  created_at: now,
  updated_at: now,
  version: 1,
});

/** The group with the changes of a POST; a display name that was the name goes with it. */
export function changedGroup<G extends Stored>(group: G, wanted: GroupChange, now: string): G {
  const name = wanted.name ?? group.name;
  const usual =
    wanted.display_name === null || (wanted.display_name === undefined && group.display_name === group.name);
  const roles = wanted.roles ?? group.roles;
  return {
    ...group,
    name,
    display_name: usual ? name : (wanted.display_name ?? group.display_name),
    description: wanted.description === undefined ? group.description : wanted.description,
    category: wanted.category ?? group.category,
    status: wanted.status ?? group.status,
    roles,
    roles_since: heldSince(roles, group.roles_since, now),
    updated_at: now,
    version: group.version + 1,
  };
}

/** As answered. */
export const presentGroup = (
  { roles_since: _, permissions: __, ...group }: Stored,
  organization: number,
): z.input<typeof Group> => ({ ...group, roles: [...group.roles], org_id: organizationText(organization) });

/** @throws AppError GROUP_REFERENCED, with up to 20 of the policies */
export function rejectReferenced(
  policies: readonly { readonly id: string; readonly name: string }[],
  what: string,
): void {
  if (policies.length === 0) return;
  throw new AppError('GROUP_REFERENCED', `Policies name this group; force=true ${what}`, {
    details: policies.slice(0, 20).map(({ id, name }) => ({ path: id, message: `policy ${name} names it` })),
  });
}

/** @throws AppError UNKNOWN_USER for whoever is no user (a service account is none) of the organization */
export function requireUsers<U extends { readonly id: string; readonly type: 'user' | 'service' }>(
  ids: readonly string[],
  found: readonly (U | undefined)[],
): U[] {
  const unknown = ids.flatMap((id, at) =>
    found[at]?.type === 'user' ? [] : [{ path: `user_ids[${at}]`, message: `${id} is no user of the organization` }],
  );
  if (unknown.length > 0)
    throw new AppError('UNKNOWN_USER', unknown.map(({ message }) => message).join('; '), { details: unknown });
  return found.flatMap((user) => user ?? []);
}

/** @throws AppError LIMIT_EXCEEDED */
export function requireRoom(
  group: Stored,
  users: readonly { readonly id: string; readonly groups: readonly string[] }[],
): void {
  if (group.member_count + users.length > maxMembers)
    throw new AppError('LIMIT_EXCEEDED', `A group may have ${maxMembers} members`);
  const full = users.find(({ groups }) => groups.length >= maxGroupsOfUser);
  if (full !== undefined)
    throw new AppError('LIMIT_EXCEEDED', `${full.id} is in ${maxGroupsOfUser} groups, which is the most`);
}

export type GroupFilter = {
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly category?: string | undefined;
};

const searchable = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .trim();

/** Whether a list that is filtered so shows the group; `q` begins its name or display name. */
export const isListed = (group: Stored, { q, status, category }: GroupFilter): boolean =>
  (status === undefined || group.status === status) &&
  (category === undefined || group.category === category) &&
  (q === undefined || [group.name, group.display_name].some((name) => searchable(name).startsWith(searchable(q))));
