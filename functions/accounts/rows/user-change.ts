import { changedFields } from '../../../shared/dynamodb/changed-fields.ts';
import { indexAttributes } from '../../../shared/dynamodb/row.ts';
import { change, remove, type Write } from '../../../shared/dynamodb/write.ts';
import { countAdministrators } from './administrators.ts';
import { decrementCount } from '../../../shared/dynamodb/rows/count.ts';
import { roleHolderWrites, type CustomRoles } from '../../../shared/dynamodb/rows/role.ts';
import { credentialRow, userRow, type UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { directoryRow, updateEntryOfUser, type OwnChange } from './directory.ts';
import { updateMarkers, markersOf, type UserMarker } from './user-markers.ts';

/** Changes and deletions of users, with markers and counts, in one transaction. */

type Place = { readonly organization: number; readonly customRoles: CustomRoles };

// Log-ins and log-outs change these without a new version, so a change of the user must not write them.
const changedByLogIns: ReadonlySet<string> = new Set(['version', 'session_epoch', 'log_ins', 'last_login_at']);

/**
 * Writes the changed fields of a user as its next version, with its entry in the directory. Ends all sessions of a user
 * that becomes inactive. `own`: fields that only the entry has.
 */
export function updateUserWrites(
  before: UserItem,
  after: UserItem,
  { organization, customRoles, own }: Place & { readonly own?: OwnChange },
): Write<'user' | 'count' | 'role' | 'directory' | 'directory-word' | UserMarker>[] {
  const set = changedFields(before, after, changedByLogIns);
  const ends = before.status === 'active' && after.status !== 'active';
  return [
    change(userRow, before, {
      set: { ...set, ...(before.username === after.username ? {} : { [indexAttributes.GSI1.sort]: after.username }) },
      add: { version: 1, ...(ends ? { session_epoch: 1 } : {}) },
      onlyIf: {
        expression: '#version = :version',
        names: { '#version': 'version' },
        values: { ':version': before.version },
      },
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
  { organization, customRoles }: Place,
): Write<'user' | 'credential' | 'count' | 'role' | 'directory' | UserMarker>[] => [
  remove(userRow, user, user),
  remove(directoryRow, user),
  ...markersOf(user, organization).map(({ release }) => release),
  remove(credentialRow, { user_id: user.id }),
  decrementCount('users'),
  ...countAdministrators(user, undefined),
  ...roleHolderWrites(user.roles, [], customRoles),
];
