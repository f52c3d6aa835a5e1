import * as z from 'zod';
import { AppError, invalid } from '../../../shared/errors.ts';
import { given } from '../../../shared/schema/given.ts';
import { E164, Email, organizationText, text, Timestamp, TimeZone } from '../../../shared/schema/values.ts';
import { weakPassword } from '../auth/password.ts';
import { newUser } from './user.ts';

/** Accounts as they are made and changed (users.md, "Users"). */

export const userStatuses = ['active', 'disabled', 'pending'] as const;
export const userTypes = ['user', 'service'] as const;

const languageTag = (tag: string): boolean => {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    // RangeError: the runtime's way to say that it is none.
    return false;
  }
};

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** Names of roles; which there are, the organization knows. */
const RoleNames = z.array(z.string().min(1).max(64)).max(10).refine(isDistinct, 'names a role twice');

const fields = {
  username: text(254, 1),
  email: Email.nullable(),
  first_name: text(100).nullable(),
  last_name: text(100).nullable(),
  display_name: text(200, 1).nullable(),
  extension: z
    .string()
    .trim()
    .regex(/^[0-9]{2,8}$/, 'must have 2 to 8 digits')
    .nullable(),
  direct_number: E164.nullable(),
  mobile: E164.nullable(),
  status: z.enum(userStatuses),
  roles: RoleNames,
  timezone: TimeZone.nullable(),
  language: z.string().max(35).refine(languageTag, 'is no language tag (BCP 47)').nullable(),
} as const;

const optionalFields = z.object(fields).partial();

/** Body of `PUT /users`. */
export const NewAccount = optionalFields
  .extend({
    username: fields.username,
    type: z.enum(userTypes).default('user'),
    password: z.string().max(1_024).nullish(),
    must_change_password: z.boolean().optional(),
    client_id: z
      .string()
      .regex(/^svc_[a-z0-9_]{3,48}$/, 'must match ^svc_[a-z0-9_]{3,48}$')
      .nullish(),
  })
  .meta({ id: 'NewUser' });
export type NewAccount = z.output<typeof NewAccount>;

/** Body of `POST /users/{id}`. */
export const AccountChange = optionalFields
  .extend({ type: z.enum(userTypes).optional(), password: z.string().max(1_024).nullish() })
  .meta({ id: 'UserChange' });
export type AccountChange = z.output<typeof AccountChange>;

/** As answered. */
export const Account = z
  .object({
    id: z.string(),
    org_id: z.string(),
    type: z.enum(userTypes),
    username: z.string(),
    email: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    display_name: z.string(),
    extension: z.string().nullable(),
    direct_number: z.string().nullable(),
    mobile: z.string().nullable(),
    status: z.enum(userStatuses),
    roles: z.array(z.string()),
    groups: z.array(z.string()),
    timezone: z.string(),
    language: z.string(),
    client_id: z.string().optional().meta({ description: 'Of a service account' }),
    two_factor_enabled: z.boolean(),
    must_change_password: z.boolean(),
    password_changed_at: Timestamp.nullable(),
    last_login_at: Timestamp.nullable(),
    created_at: Timestamp,
    updated_at: Timestamp,
    version: z.int(),
  })
  .meta({ id: 'User' });
export const CreatedAccount = Account.extend({
  client_secret: z.string().optional().meta({ description: 'Of a service account; shown this once' }),
}).meta({ id: 'CreatedUser' });

type Stored = Omit<z.output<typeof Account>, 'org_id' | 'timezone' | 'roles' | 'groups' | 'client_id'> & {
  readonly timezone: string | null;
  readonly roles: readonly string[];
  readonly roles_since?: Readonly<Record<string, string>>;
  readonly groups: readonly string[];
  readonly client_id?: string;
};

const personName = /^[a-z0-9._@+-]{3,254}$/;
const folded = (name: string): string => name.normalize('NFKC').toLowerCase().trim();

/** @throws AppError VALIDATION_FAILED */
function usernameOf(type: (typeof userTypes)[number], wanted: string): string {
  if (type === 'service') {
    if (wanted.length < 3 || wanted.length > 64) throw invalid('username', 'must have 3 to 64 characters');
    return wanted;
  }
  const username = folded(wanted);
  if (!personName.test(username)) throw invalid('username', 'must have 3 to 254 characters of a-z 0-9 . _ @ + -');
  return username;
}

/** What a display name is while nobody chose one. */
const defaultName = ({
  first_name: first,
  last_name: last,
  username,
}: {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly username: string;
}): string => [first, last].filter((name) => name !== null && name !== '').join(' ') || username;

/** Pending until there is a password to log in with; a service account has a secret from the start. */
function firstStatus({ type, password, status }: NewAccount): (typeof userStatuses)[number] {
  if (type === 'service' || typeof password === 'string') return status ?? 'active';
  if (status === 'active') throw invalid('status', 'is pending until a password is set');
  return status ?? 'pending';
}

/** @throws AppError VALIDATION_FAILED for what only the other type has */
function rejectOfOtherType({ type, password, client_id: client }: NewAccount): void {
  if (type === 'service' && typeof password === 'string')
    throw invalid('password', 'is not for service accounts, which have a secret');
  if (type === 'user' && typeof client === 'string') throw invalid('client_id', 'is for service accounts');
}

type Stamp = { readonly id: string; /** ISO 8601. */ readonly now: string };

/** What an account tells of itself, by which nothing is decided. */
const described = (wanted: NewAccount) => ({
  extension: wanted.extension ?? null,
  direct_number: wanted.direct_number ?? null,
  mobile: wanted.mobile ?? null,
  timezone: wanted.timezone ?? null,
  language: wanted.language ?? 'en',
});

/** An account as it is first stored. @throws AppError VALIDATION_FAILED */
export function newAccount(wanted: NewAccount, { id, now }: Stamp) {
  rejectOfOtherType(wanted);
  const { type, password, email = null, first_name: first = null, last_name: last = null } = wanted;
  const names = { username: usernameOf(type, wanted.username), first_name: first, last_name: last };
  const hasPassword = typeof password === 'string';
  const roles = wanted.roles ?? (type === 'service' ? [] : ['agent']);
  return {
    ...newUser({
      id,
      now,
      ...names,
      email,
      roles,
      must_change_password: hasPassword && wanted.must_change_password !== false,
    }),
    ...described(wanted),
    type,
    display_name: wanted.display_name ?? defaultName(names),
    status: firstStatus(wanted),
    password_changed_at: hasPassword ? now : null,
    ...(type === 'service' ? { client_id: wanted.client_id ?? id } : {}),
  };
}

/** WEAK_PASSWORD for the password of a new account, or null. */
export const weakFirstPassword = (
  { password, username, email }: NewAccount,
  organizationName: string,
): AppError | null =>
  typeof password === 'string' ? weakPassword(password, [username, email ?? null, organizationName], 'password') : null;

/** Since when each role is held, after a change of roles. */
const rolesSince = (
  { roles, roles_since: since = {}, created_at: created }: Pick<Stored, 'roles' | 'roles_since' | 'created_at'>,
  after: readonly string[],
  now: string,
): Record<string, string> =>
  Object.fromEntries(after.map((role) => [role, roles.includes(role) ? (since[role] ?? created) : now]));

/** @throws AppError VALIDATION_FAILED for what stays, or is changed elsewhere */
function rejectFixed(user: Stored, { type, password, status }: AccountChange): void {
  if (type !== undefined && type !== user.type) throw invalid('type', 'cannot be changed');
  if (typeof password === 'string') throw invalid('password', 'is changed by POST /users/{id}/password');
  if (status === 'active' && user.type === 'user' && user.password_changed_at === null)
    throw invalid('status', 'is pending until a password is set');
}

/** An account with the changes of a POST. @throws AppError VALIDATION_FAILED */
export function changedAccount<U extends Stored>(user: U, wanted: AccountChange, now: string): U {
  rejectFixed(user, wanted);
  const {
    type: _,
    password: __,
    display_name: wantedName,
    language,
    roles = user.roles,
    username: wantedUsername,
    ...rest
  } = wanted;
  const username = wantedUsername === undefined ? user.username : usernameOf(user.type, wantedUsername);
  const next = { ...user, ...given(rest), username };
  const named =
    wantedName ??
    (wantedName === null || user.display_name === defaultName(user) ? defaultName(next) : user.display_name);
  const since = roles === user.roles ? {} : { roles, roles_since: rolesSince(user, roles, now) };
  return {
    ...next,
    ...since,
    display_name: named,
    language: language === undefined ? user.language : (language ?? 'en'),
    updated_at: now,
    version: user.version + 1,
  };
}

/** As answered; a time zone that nobody chose is the organization's. */
export const presentAccount = (
  { roles_since: _, ...user }: Stored,
  { org_id: number, timezone }: { readonly org_id: number; readonly timezone: string },
): z.input<typeof Account> => ({
  ...user,
  roles: [...user.roles],
  groups: [...user.groups],
  org_id: organizationText(number),
  timezone: user.timezone ?? timezone,
});

/** @throws AppError USER_HAS_RESOURCES, with up to 20 of the numbers */
export function rejectRouted(numbers: readonly { readonly id: string; readonly number: string }[]): void {
  if (numbers.length === 0) return;
  throw new AppError(
    'USER_HAS_RESOURCES',
    'Numbers lead to this user; force=true deletes it and takes their routes away',
    {
      details: numbers.slice(0, 20).map(({ id, number }) => ({ path: id, message: `number ${number} leads to it` })),
    },
  );
}

export type AccountFilter = {
  readonly q?: string | undefined;
  readonly status?: string | undefined;
  readonly type?: string | undefined;
  readonly role?: string | undefined;
  readonly group?: string | undefined;
};

const searchable = (value: string): string =>
  value
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .trim();

/** Whether a list that is filtered so shows the account; case and accents do not count. */
export function isListed(user: Stored, { q, status, type, role, group }: AccountFilter): boolean {
  const fits = (wanted: string | undefined, has: (value: string) => boolean): boolean =>
    wanted === undefined || has(wanted);
  const texts = [user.username, user.email, user.first_name, user.last_name, user.display_name, user.extension];
  return (
    fits(status, (value) => user.status === value) &&
    fits(type, (value) => user.type === value) &&
    fits(role, (value) => user.roles.includes(value)) &&
    fits(group, (value) => user.groups.includes(value)) &&
    fits(q, (value) => texts.some((each) => each !== null && searchable(each).startsWith(searchable(value))))
  );
}
