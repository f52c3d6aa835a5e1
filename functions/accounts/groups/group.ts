import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { omit } from '#schema/omit.ts';
import { organizationText, text, Timestamp } from '#schema/values.ts';
import { beginsWith } from '#schema/searched-text.ts';

/** Groups of users: they give roles, and dial-plan policies name them (functions/accounts/README.md, "Groups"). */

export const groupErrors = errorKinds({
  GROUP_REFERENCED: [409, 'Policies refer to the group; `details` lists them.'],
});

export const groupStatuses = ['active', 'inactive'] as const;
export const groupCategories = ['department', 'call_center', 'dialplan', 'other'] as const;

/** Groups of one organization. */
export const maxGroups = 1_000;
const maxMembers = 5_000;
const maxGroupsOfUser = 200;

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const optional = {
  display_name: text(100, 1)
    .nullable()
    .describe('Name shown to others, up to 100 characters. Default: the name, which it then follows'),
  description: text(500).nullable().describe('Description, up to 500 characters'),
  category: z.enum(groupCategories).describe('Category. Default: department'),
  status: z.enum(groupStatuses).describe('State. An inactive group gives no rights and matches no policy'),
  roles: z
    .array(z.string().min(1).max(64))
    .max(10)
    .refine(isDistinct, 'names a role twice')
    .describe('Up to 10 roles that the group gives its members'),
} as const;
const Name = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/,
    'must have 1 to 64 of letters, digits, _ . - and begin with a letter, a digit or _',
  )
  .describe('Name, 1–64 of letters, digits, _ . -; unique in the organization, case ignored');

const optionalFields = z.object(optional).partial();

/** Body of `PUT /groups`. */
export const NewGroup = optionalFields.extend({ name: Name }).meta({ id: 'NewGroup' });
export type NewGroup = z.output<typeof NewGroup>;
/** Body of `POST /groups/{id}`. */
export const GroupChange = optionalFields.extend({ name: Name.optional() }).meta({ id: 'GroupChange' });
export type GroupChange = z.output<typeof GroupChange>;

/** Body of `PUT /groups/{id}/members`: as many as one transaction holds. */
export const NewMembers = z
  .object({
    user_ids: z
      .array(z.string().max(80))
      .min(1)
      .max(40)
      .refine(isDistinct, 'names a user twice')
      .describe('Ids of 1–40 users'),
  })
  .meta({ id: 'NewMembers' });

/** As answered. */
export const Group = z
  .object({
    id: z.string().describe('Id'),
    org_id: z.string().describe('Organization'),
    name: z.string().describe('Name'),
    display_name: z.string().describe('Name shown to others'),
    description: z.string().nullable().describe('Description'),
    category: z.enum(groupCategories).describe('Category'),
    status: z.enum(groupStatuses).describe('State'),
    roles: z.array(z.string()).describe('Roles that the group gives its members'),
    member_count: z.int().describe('Number of members'),
    created_at: Timestamp.describe('Time of creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    version: z.int().describe('Version, which each change increases; changes of members do not'),
  })
  .meta({ id: 'Group' });
export const Member = z
  .object({
    user_id: z.string().describe('Id of the user'),
    username: z.string().describe('Username'),
    display_name: z.string().describe('Name shown to others'),
    added_at: Timestamp.describe('Time at which the user joined'),
  })
  .meta({ id: 'Member' });

type Stored = Omit<z.output<typeof Group>, 'org_id' | 'roles'> & {
  readonly roles: readonly string[];
  readonly roles_since: Readonly<Record<string, string>>;
  readonly permissions: object;
};

type Stamp = { readonly id: string; /** ISO 8601. */ readonly now: string };

/** Times since which roles are held (ISO 8601). */
const rolesSince = (
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
  roles_since: rolesSince(wanted.roles ?? [], {}, now),
  permissions: {},
  member_count: 0,
  created_at: now,
  updated_at: now,
  version: 1,
});

/** The next version of a group. A display name that equals the name follows it. */
export function changeGroup<G extends Stored>(group: G, wanted: GroupChange, now: string): G {
  const name = wanted.name ?? group.name;
  const isDefaultName =
    wanted.display_name === null || (wanted.display_name === undefined && group.display_name === group.name);
  const roles = wanted.roles ?? group.roles;
  return {
    ...group,
    name,
    display_name: isDefaultName ? name : (wanted.display_name ?? group.display_name),
    description: wanted.description === undefined ? group.description : wanted.description,
    category: wanted.category ?? group.category,
    status: wanted.status ?? group.status,
    roles,
    roles_since: rolesSince(roles, group.roles_since, now),
    updated_at: now,
    version: group.version + 1,
  };
}

export const presentGroup = (group: Stored, organization: number): z.input<typeof Group> => ({
  ...omit(group, 'roles_since', 'permissions'),
  roles: [...group.roles],
  org_id: organizationText(organization),
});

/** `effect`: what `force=true` would do. @throws AppError GROUP_REFERENCED, with up to 20 of the policies */
export function assertNotReferenced(
  policies: readonly { readonly id: string; readonly name: string }[],
  effect: string,
): void {
  if (policies.length === 0) return;
  throw new AppError(groupErrors.GROUP_REFERENCED, `Policies name this group; force=true ${effect}`, {
    details: policies.slice(0, 20).map(({ id, name }) => ({ path: id, message: `policy ${name} names it` })),
  });
}

/** The users of the organization with these ids. @throws AppError UNKNOWN_USER, also for service accounts */
export function usersOf<U extends { readonly id: string; readonly type: 'user' | 'service' }>(
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

/** @throws AppError LIMIT_EXCEEDED for a group or a user that is full */
export function assertRoom(
  group: Stored,
  users: readonly { readonly id: string; readonly groups: readonly string[] }[],
): void {
  if (group.member_count + users.length > maxMembers)
    throw new AppError('LIMIT_EXCEEDED', `A group may have at most ${maxMembers} members`);
  const full = users.find(({ groups }) => groups.length >= maxGroupsOfUser);
  if (full !== undefined)
    throw new AppError('LIMIT_EXCEEDED', `${full.id} is in ${maxGroupsOfUser} groups, the maximum`);
}

export type GroupFilter = {
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly category?: string | undefined;
};

/** Whether a group matches the filters of a list; `q` is a prefix of its name or display name. */
export const matches = (group: Stored, { q, status, category }: GroupFilter): boolean =>
  (status === undefined || group.status === status) &&
  (category === undefined || group.category === category) &&
  (q === undefined || [group.name, group.display_name].some((name) => beginsWith(name, q)));

/** Whether a change concerns the rights of members: name, description and category do not. */
export const changesRights = (before: Pick<Stored, 'status' | 'roles'>, after: Pick<Stored, 'status' | 'roles'>) =>
  before.status !== after.status ||
  before.roles.length !== after.roles.length ||
  before.roles.some((role) => !after.roles.includes(role));
