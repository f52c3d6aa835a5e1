import * as z from 'zod';
import { AppError, invalid } from '#errors.ts';
import { beginsWith } from '#schema/searched-text.ts';
import { definedFields } from '#schema/defined-fields.ts';
import { omit } from '#schema/omit.ts';
import { E164, Email, Extension, LanguageTag, text, TimeZone } from '#schema/values.ts';
import { weakPassword } from '../schema/password.ts';
import { accountsErrors } from '../schema/errors.ts';
import { foldUsername, isUsername, usernameForm } from '../schema/username.ts';
import { userStatuses, userTypes, type StoredAccount } from './account-answer.ts';
import { userErrors } from './errors.ts';
import { newUser } from './user.ts';

/** Accounts, of people and of services, as they are created and changed (functions/accounts/README.md, "Users"). */

type AccountType = (typeof userTypes)[number];

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** Names of roles; the organization knows which exist. */
const RoleNames = z.array(z.string().min(1).max(64)).max(10).refine(isDistinct, 'names a role twice');

const fields = {
  username: text(254, 1).describe(
    `Username of a person: ${usernameForm}, after folding (NFKC, lower case), unique on the platform. ` +
      'Name of a service account: 3–64 characters, unique in the organization',
  ),
  email: Email.nullable().describe('E-mail address, unique in the organization, case ignored'),
  first_name: text(100).nullable().describe('First name, up to 100 characters'),
  last_name: text(100).nullable().describe('Last name, up to 100 characters'),
  display_name: text(200, 1)
    .nullable()
    .describe('Name shown to others, up to 200 characters. Default: first and last name, else the username'),
  extension: Extension.nullable().describe('Extension of 2–8 digits, unique in the organization'),
  direct_number: E164.nullable().describe('Direct number (E.164)'),
  mobile: E164.nullable().describe('Mobile number (E.164)'),
  status: z.enum(userStatuses).describe('State; a person without a password is `pending` and cannot become `active`'),
  roles: RoleNames.describe('Up to 10 role names. Default: agent; for service accounts none'),
  timezone: TimeZone.nullable().describe("Time zone (IANA). Default: the organization's"),
  language: LanguageTag.nullable().describe('Language (BCP 47). Default: en'),
} as const;

/** Set at `/users/{id}/callhandling`: a forward here would look active, and lose calls. */
const callHandling = [
  'do_not_disturb',
  'forward',
  'ring_seconds',
  'voicemail',
  'follow_me',
  'blocked',
  'schedule',
  'when_closed',
  'intercom',
] as const;

const notSupported = z
  .unknown()
  .optional()
  .describe('Set by `PUT /users/{id}/callhandling`: a value here is 422 `NOT_YET_SUPPORTED`');
const unsupportedFields = Object.fromEntries(callHandling.map((name) => [name, notSupported])) as Record<
  (typeof callHandling)[number],
  typeof notSupported
>;

const optionalFields = z.object({ ...fields, ...unsupportedFields }).partial();
const Password = z.string().max(1_024).nullish();

/** Body of `PUT /users`. */
export const NewAccount = optionalFields
  .extend({
    username: fields.username,
    type: z.enum(userTypes).default('user').describe('Kind of account'),
    password: Password.describe('Password of a person, 12–256 characters. Without one the user is pending'),
    must_change_password: z
      .boolean()
      .optional()
      .describe('Whether the password must be changed at the first log-in. Default: true'),
    invite: z
      .boolean()
      .optional()
      .describe('`true` sends a person without a password a link by e-mail that sets it. Default: false'),
    client_id: z
      .string()
      .regex(/^svc_[a-z0-9_]{3,48}$/, 'must match ^svc_[a-z0-9_]{3,48}$')
      .nullish()
      .describe('Name by which a service account logs in, unique on the platform. Default: its id'),
  })
  .meta({ id: 'NewUser' });
export type NewAccount = z.output<typeof NewAccount>;

/** Body of `POST /users/{id}`. */
export const AccountChange = optionalFields
  .extend({
    type: z.enum(userTypes).optional().describe('Cannot be changed; the current value is accepted'),
    password: Password.describe('Cannot be changed here: use POST /users/{id}/password'),
  })
  .meta({ id: 'UserChange' });
export type AccountChange = z.output<typeof AccountChange>;

/** @throws AppError VALIDATION_FAILED */
function usernameOf(type: AccountType, wanted: string): string {
  if (type === 'service') {
    if (wanted.length < 3 || wanted.length > 64) throw invalid('username', 'must have 3 to 64 characters');
    return wanted;
  }
  const username = foldUsername(wanted);
  if (!isUsername(username)) throw invalid('username', `must have ${usernameForm}`);
  return username;
}

type Named = {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly username: string;
};

/** The display name where none was chosen. */
const defaultName = ({ first_name: first, last_name: last, username }: Named): string =>
  [first, last].filter((name) => name !== null && name !== '').join(' ') || username;

/** A person is pending until it has a password; a service account has a secret from the start. */
function firstStatus({ type, password, status }: NewAccount): (typeof userStatuses)[number] {
  if (type === 'service' || typeof password === 'string') return status ?? 'active';
  if (status === 'active') throw invalid('status', 'stays pending until a password is set');
  return status ?? 'pending';
}

/** @throws AppError VALIDATION_FAILED for a field of the other type */
function assertFieldsOfType({ type, password, client_id: client }: NewAccount): void {
  if (type === 'service' && typeof password === 'string')
    throw invalid('password', 'is for people; service accounts have a secret');
  if (type === 'user' && typeof client === 'string') throw invalid('client_id', 'is for service accounts');
}

/** @throws AppError NOT_YET_SUPPORTED */
function assertNoCallHandling(wanted: Partial<Record<(typeof callHandling)[number], unknown>>): void {
  const given = callHandling.find((name) => wanted[name] !== undefined && wanted[name] !== null);
  if (given === undefined) return;
  const message = 'is set by PUT /users/{id}/callhandling';
  throw new AppError('NOT_YET_SUPPORTED', `${given} ${message}`, { details: [{ path: given, message }] });
}

type Stamp = { readonly id: string; /** ISO 8601. */ readonly now: string };

/** Fields without a rule of their own. */
const plainFields = (wanted: NewAccount) => ({
  extension: wanted.extension ?? null,
  direct_number: wanted.direct_number ?? null,
  mobile: wanted.mobile ?? null,
  timezone: wanted.timezone ?? null,
  language: wanted.language ?? 'en',
});

/** An account as it is first stored. @throws AppError VALIDATION_FAILED, NOT_YET_SUPPORTED */
export function newAccount(wanted: NewAccount, { id, now }: Stamp) {
  assertNoCallHandling(wanted);
  assertFieldsOfType(wanted);
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
    ...plainFields(wanted),
    type,
    display_name: wanted.display_name ?? defaultName(names),
    status: firstStatus(wanted),
    password_changed_at: hasPassword ? now : null,
    ...(type === 'service' ? { client_id: wanted.client_id ?? id } : {}),
  };
}

/** WEAK_PASSWORD for the password of a new account; null for a good one or none. */
export const weakFirstPassword = async (
  { password, username, email }: NewAccount,
  organizationName: string,
): Promise<AppError | null> =>
  typeof password === 'string' ? weakPassword(password, [username, email ?? null, organizationName], 'password') : null;

/** Times since which the roles are held (ISO 8601), after a change. */
const rolesSince = (
  { roles, roles_since: since = {}, created_at: created }: Pick<StoredAccount, 'roles' | 'roles_since' | 'created_at'>,
  after: readonly string[],
  now: string,
): Record<string, string> =>
  Object.fromEntries(after.map((role) => [role, roles.includes(role) ? (since[role] ?? created) : now]));

/** @throws AppError VALIDATION_FAILED for what cannot be changed, or not by this endpoint */
function assertNothingFixed(user: StoredAccount, { type, password, status }: AccountChange): void {
  if (type !== undefined && type !== user.type) throw invalid('type', 'cannot be changed');
  if (typeof password === 'string') throw invalid('password', 'is changed by POST /users/{id}/password');
  if (status === 'active' && user.type === 'user' && user.password_changed_at === null)
    throw invalid('status', 'stays pending until a password is set');
}

/** Fields whose change is decided one by one. */
const settledFields = ['type', 'password', 'display_name', 'language', 'roles', 'username', ...callHandling] as const;

/** The next version of an account. @throws AppError VALIDATION_FAILED, NOT_YET_SUPPORTED */
export function changeAccount<U extends StoredAccount>(user: U, wanted: AccountChange, now: string): U {
  assertNoCallHandling(wanted);
  assertNothingFixed(user, wanted);
  const { display_name: wantedName, language, roles = user.roles, username: wantedUsername } = wanted;
  const username = wantedUsername === undefined ? user.username : usernameOf(user.type, wantedUsername);
  const next = { ...user, ...definedFields(omit(wanted, ...settledFields)), username };
  const displayName =
    wantedName ??
    (wantedName === null || user.display_name === defaultName(user) ? defaultName(next) : user.display_name);
  const since = roles === user.roles ? {} : { roles, roles_since: rolesSince(user, roles, now) };
  return {
    ...next,
    ...since,
    display_name: displayName,
    language: language === undefined ? user.language : (language ?? 'en'),
    updated_at: now,
    version: user.version + 1,
  };
}

/** @throws AppError USER_HAS_RESOURCES, with up to 20 of the numbers */
export function assertNotRouted(numbers: readonly { readonly id: string; readonly number: string }[]): void {
  if (numbers.length === 0) return;
  throw new AppError(
    userErrors.USER_HAS_RESOURCES,
    'Numbers route to this user; force=true deletes it and removes their routes',
    {
      details: numbers.slice(0, 20).map(({ id, number }) => ({ path: id, message: `number ${number} routes to it` })),
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

/** Prefixes of the ids of users, by type. */
export const idPrefixes = { user: ['usr_'], service: ['svc_'] } as const;

/** Whether an account matches the filters of a list; `q` is a prefix, and case and accents do not count. */
export function matches(user: StoredAccount, { q, status, type, role, group }: AccountFilter): boolean {
  const fits = (wanted: string | undefined, has: (value: string) => boolean): boolean =>
    wanted === undefined || has(wanted);
  const texts = [user.username, user.email, user.first_name, user.last_name, user.display_name, user.extension];
  return (
    fits(status, (value) => user.status === value) &&
    fits(type, (value) => user.type === value) &&
    fits(role, (value) => user.roles.includes(value)) &&
    fits(group, (value) => user.groups.includes(value)) &&
    fits(q, (value) => texts.some((each) => each !== null && beginsWith(each, value)))
  );
}

/** @throws AppError OWN_ACCOUNT for a change of the caller's own roles or status */
export function assertNotOwnRights(isOwn: boolean, { roles, status }: AccountChange): void {
  if (isOwn && (roles !== undefined || status !== undefined))
    throw new AppError(
      accountsErrors.OWN_ACCOUNT,
      'Your own roles and status must be changed by another administrator',
    );
}

/** @throws AppError OWN_ACCOUNT */
export function assertNotOwnAccount(isOwn: boolean): void {
  if (isOwn) throw new AppError(accountsErrors.OWN_ACCOUNT, 'Another administrator must delete your own account');
}
