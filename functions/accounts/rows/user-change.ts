import { changedFields } from '../../../shared/dynamodb/changed-fields.ts';
import { indexAttributes } from '../../../shared/dynamodb/row.ts';
import { change, remove, type Write } from '../../../shared/dynamodb/write.ts';
import { administratorsCounted } from './administrators.ts';
import { oneLess } from '../../../shared/dynamodb/rows/count.ts';
import { rolesHeld, type CustomRoles } from '../../../shared/dynamodb/rows/role.ts';
import { credentialRow, userRow, type UserItem } from '../../../shared/dynamodb/rows/user.ts';
import { markersChanged, markersOf, type UserMarker } from './user-markers.ts';

/** Users as they change and go, for whoever changes them: with markers and counts, in one transaction. */

type Place = { readonly organization: number; readonly customRoles: CustomRoles };

// Moved by log-ins and log-outs, without a new version: a change never sets them back.
const moving: ReadonlySet<string> = new Set(['version', 'session_epoch', 'log_ins', 'last_login_at']);

/**
 * The next version of a user. Only what differs is written. One that is active no longer loses all sessions
 * by a new epoch.
 */
export function userChange(
  before: UserItem,
  after: UserItem,
  { organization, customRoles }: Place,
): Write<'user' | 'count' | 'role' | UserMarker>[] {
  const set = changedFields(before, after, moving);
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
    ...markersChanged(before, after, organization),
    ...administratorsCounted(before, after),
    ...rolesHeld(before.roles, after.roles, customRoles),
  ];
}

/** The end of a user: nothing that identified it opens anything from here on, and its names are free. */
export const userRemoval = (
  user: UserItem,
  { organization, customRoles }: Place,
): Write<'user' | 'credential' | 'count' | 'role' | UserMarker>[] => [
  remove(userRow, user, user),
  ...markersOf(user, organization).map(({ freed }) => freed),
  remove(credentialRow, { user_id: user.id }),
  oneLess('users'),
  ...administratorsCounted(user, undefined),
  ...rolesHeld(user.roles, [], customRoles),
];
