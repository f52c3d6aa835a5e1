import { changedFields } from '#dynamodb/changed-fields.ts';
import { indexAttributes } from '#dynamodb/row.ts';
import { change, remove, type Write } from '#dynamodb/write.ts';
import { countAdministrators } from './administrators.ts';
import { decrementCount } from '#dynamodb/rows/count.ts';
import { roleHolderWrites, type CustomRoles } from '#dynamodb/rows/role.ts';
import { credentialRow, userRow, type UserItem } from '#dynamodb/rows/user.ts';
import { directoryRow, updateEntryOfUser, type OwnChange } from './directory.ts';
import { updateMarkers, markersOf, type UserMarker } from './user-markers.ts';

/** Changes and deletions of users, with markers and counts, in one transaction. */

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

/**
 * Writes the changed fields of a user as its next version, with its entry in the directory. Ends all sessions of a user
 * that becomes inactive.
 */
export function updateUserWrites(
  before: UserItem,
  after: UserItem,
  { organization, customRoles, own, endsSessions = false, excludesLogIns = false }: Update,
): Write<'user' | 'count' | 'role' | 'directory' | 'directory-word' | UserMarker>[] {
  const set = changedFields(before, after, changedByLogIns);
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
