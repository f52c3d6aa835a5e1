import { changedFields } from '#dynamodb/changed-fields.ts';
import { indexAttributes } from '#dynamodb/row.ts';
import { change, create, remove, replace, type Write } from '#dynamodb/write.ts';
import { countRow, decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { roleHolderWrites, type CustomRoles } from '#dynamodb/rows/role.ts';
import { credentialRow, userRow, type CredentialItem, type UserItem } from '#dynamodb/rows/user.ts';
import { AppError } from '#errors.ts';
import { createEntryOfUser, directoryRow, updateEntryOfUser, type OwnChange } from './directory.ts';
import { markersOf, updateMarkers, type UserMarker } from './user-markers.ts';
import { accountsErrors } from '../schema/errors.ts';

/** Creations, changes and deletions of users, with markers and counts, in one transaction. */

/**
 * Creates an account with its markers and its credential. `limit`: users that the organization may have. The limit
 * comes before the markers, so that only an organization that may create users learns which names are taken.
 */
export const createUserWrites = (
  user: UserItem,
  credential: CredentialItem | undefined,
  {
    organization,
    limit,
    customRoles = new Map(),
  }: { readonly organization: number; readonly limit: number; readonly customRoles?: CustomRoles },
): Write<'user' | 'credential' | 'count' | 'role' | 'directory' | 'directory-word' | UserMarker>[] => [
  create(userRow, user),
  incrementCount('users', limit),
  ...markersOf(user, organization).map(({ claim }) => claim),
  ...(credential === undefined ? [] : [create(credentialRow, credential)]),
  ...countAdministrators(undefined, user),
  ...roleHolderWrites([], user.roles, customRoles),
  ...createEntryOfUser(user),
];

/** Administrators of an organization. Once it has one, it always keeps one (functions/accounts/README.md, "Users"). */

const administratorRoles: readonly string[] = ['operator', 'reseller', 'admin'];

type Person = Pick<UserItem, 'type' | 'status' | 'roles'>;

/** Whether a user is an active person with an administrator's role of its own; roles of groups do not count. */
const isAdministrator = ({ type, status, roles }: Person): boolean =>
  type === 'user' && status === 'active' && roles.some((role) => administratorRoles.includes(role));

const key = { of: 'administrators' };

/**
 * Counts administrators, in the transaction of the change. Undefined: the user does not exist yet, or no longer.
 * Fails with LAST_ADMIN if none would be left.
 */
function countAdministrators(before: Person | undefined, after: Person | undefined): Write<'count'>[] {
  const was = before !== undefined && isAdministrator(before);
  const is = after !== undefined && isAdministrator(after);
  if (was === is) return [];
  if (is) return [change(countRow, key, { add: { value: 1 } })];
  return [
    change(countRow, key, {
      add: { value: -1 },
      onlyIf: { expression: '#value > :one', names: { '#value': 'value' }, values: { ':one': 1 } },
      conflict: new AppError(
        accountsErrors.LAST_ADMIN,
        'The organization would have no active administrator left; make another user an administrator first',
      ),
    }),
  ];
}

type OrganizationRoles = { readonly organization: number; readonly customRoles: CustomRoles };

type Update = OrganizationRoles & {
  /** Fields that only the entry in the directory has. */
  readonly own?: OwnChange;
  /** Whether all sessions end, also of a user that stays active. */
  readonly endsSessions?: boolean;
  /** Whether log-ins that are under way must be decided again: stale if the user logged in since it was read. */
  readonly excludesLogIns?: boolean;
};

// Log-ins and log-outs change these without a new version, so a change of the user must not write them.
const changedByLogIns: ReadonlySet<string> = new Set([
  'version',
  'session_epoch',
  'log_ins',
  'last_login_at',
  'last_login_ip',
]);

const ofVersion = ({ version }: UserItem) => ({
  expression: '#version = :version',
  names: { '#version': 'version' },
  values: { ':version': version },
});

const ofVersionAndLogIns = ({ version, log_ins: logIns }: UserItem) => ({
  expression: '#version = :version AND #logins = :logins',
  names: { '#version': 'version', '#logins': 'log_ins' },
  values: { ':version': version, ':logins': logIns },
});

/** A new state or address voids the link of an invitation, also if the old one comes back later. */
const withoutVoidInvitation = (before: UserItem, after: UserItem): UserItem =>
  before.invitation && (before.status !== after.status || before.email !== after.email)
    ? { ...after, invitation: null }
    : after;

/**
 * Writes the changed fields of a user as its next version, with its entry in the directory. Ends all sessions of a user
 * that becomes inactive.
 */
export function updateUserWrites(
  before: UserItem,
  after: UserItem,
  { organization, customRoles, own, endsSessions = false, excludesLogIns = false }: Update,
): Write<'user' | 'count' | 'role' | 'directory' | 'directory-word' | UserMarker>[] {
  const set = changedFields(before, withoutVoidInvitation(before, after), changedByLogIns);
  const ends = endsSessions || (before.status === 'active' && after.status !== 'active');
  return [
    change(userRow, before, {
      set: { ...set, ...(before.username === after.username ? {} : { [indexAttributes.GSI1.sort]: after.username }) },
      add: { version: 1, ...(ends ? { session_epoch: 1 } : {}), ...(excludesLogIns ? { log_ins: 1 } : {}) },
      onlyIf: excludesLogIns ? ofVersionAndLogIns(before) : ofVersion(before),
    }),
    ...updateMarkers(before, after, organization),
    ...countAdministrators(before, after),
    ...roleHolderWrites(before.roles, after.roles, customRoles),
    ...updateEntryOfUser(organization, before, after, own),
  ];
}

type NewPassword = {
  readonly credential: CredentialItem;
  readonly mustChange: boolean;
  /** ISO 8601. */
  readonly at: string;
};

/**
 * Sets a user's password and ends all sessions by a new epoch, including those of concurrent log-ins with the old
 * password.
 */
export const passwordWrites = (
  user: UserItem,
  read: CredentialItem | undefined,
  { credential, mustChange, at }: NewPassword,
): Write<'user' | 'credential' | 'count'>[] => [
  change(userRow, user, {
    set: {
      password_changed_at: at,
      must_change_password: mustChange,
      updated_at: at,
      ...(user.status === 'pending' ? { status: 'active' } : {}),
    },
    add: { version: 1, session_epoch: 1 },
    onlyIf: {
      expression: '#version = :version AND #epoch = :epoch',
      names: { '#version': 'version', '#epoch': 'session_epoch' },
      values: { ':version': user.version, ':epoch': user.session_epoch },
    },
  }),
  saveCredential(credential, read),
  ...countAdministrators(user, user.status === 'pending' ? { ...user, status: 'active' } : user),
];

/** Saves a credential, unless it changed since it was read. */
export const saveCredential = (credential: CredentialItem, read: CredentialItem | undefined): Write<'credential'> =>
  read === undefined ? create(credentialRow, credential) : replace(credentialRow, credential, read);

/** Deletes a user with its credential, and releases its names. */
export const deleteUserWrites = (
  user: UserItem,
  { organization, customRoles }: OrganizationRoles,
): Write<'user' | 'credential' | 'count' | 'role' | 'directory' | UserMarker>[] => [
  remove(userRow, user, user),
  remove(directoryRow, user),
  ...markersOf(user, organization).map(({ release }) => release),
  remove(credentialRow, { user_id: user.id }),
  decrementCount('users'),
  ...countAdministrators(user, undefined),
  ...roleHolderWrites(user.roles, [], customRoles),
];
